/**
 * A mirrored pair is stopped, one after the other. The folder of one of them, of the first or of the last to stop, is copied to a
 * shelf; then both disks are lost. There is a machine with the name of the node whose folder was saved, and a blank third node.
 */
import { drained, join, members, mirrored, publish, scenario, settles } from 'warren/grading';

const NODES = ['rabbit1', 'rabbit2', 'rabbit3'];

export default scenario({
  lab: { nodes: NODES, config: { mnesia_table_loading_retry_timeout: 1000, mnesia_table_loading_retry_limit: 10 } },
  sometimes: ['the folder of the first to stop was saved', 'the folder of the last to stop was saved'],
  async play(stage) {
    const { lab, random } = stage;
    // The run's vhost is on rabbit1, so it is one of the pair.
    const [partner = '', spare = ''] = random.shuffle(NODES.slice(1));
    const [saved = '', burnt = ''] = random.shuffle(['rabbit1', partner]);
    // The visible seeds and the hidden one are not all of one kind.
    const savedLast = stage.seed % 2 === 1;
    const [first, last] = savedLast ? [burnt, saved] : [saved, burnt];
    const queue = random.word();
    const shelf = `/mnt/shelf/${random.word()}`;
    Object.assign(stage.env, { SAVED: saved, BURNT: burnt, SPARE: spare, FOLDER: shelf, QUEUE: queue, VHOST: stage.vhost });
    const before = Array.from({ length: random.int(15, 25) }, () => `claim-${random.nonce()}`);
    const later = Array.from({ length: random.int(8, 16) }, () => `claim-${random.nonce()}`);
    await join(stage, partner, 'rabbit1');
    await mirrored(stage, queue, last, before);
    await lab.node(first).stop();
    await publish(stage, last, queue, later);
    await lab.node(last).stop();
    // What came after the first had stopped is on the other disk only.
    stage.note('claims', savedLast ? [...before, ...later] : before);
    const copy = await lab.node(saved).copyDisk();
    for (const node of [saved, burnt]) await lab.node(node).loseDisk();
    stage.sometimes(`the folder of the ${savedLast ? 'last' : 'first'} to stop was saved`);

    await stage.operate(new Map([[shelf, copy]]));
    const find = async () => {
      if (!lab.nodes.some(({ state }) => state === 'running')) return undefined;
      return (await lab.snapshot(stage.vhost)).queues.find(({ name }) => name === queue);
    };
    const back = async (): Promise<boolean> => {
      const found = await find();
      return found !== undefined && found.node !== burnt && (found.state ?? 'running') === 'running';
    };
    if (await settles(stage, 'the queue is back', back)) {
      await settles(stage, 'a copy on both', async () => {
        const found = await find();
        const mirrors = found?.mirrors?.filter(({ synchronised }) => synchronised).map(({ node }) => node) ?? [];
        return [found?.node, ...mirrors].sort().join() === [saved, spare].sort().join();
      });
      await stage.listing('recovered');
    }
    stage.note(
      'running',
      lab.nodes.filter(({ state }) => state === 'running').map(({ name }) => name),
    );
    stage.note('members', (await members(stage, saved)) ?? (await members(stage, spare)));
    stage.note('found', await drained(stage, queue, [saved, spare]));
  },
});
