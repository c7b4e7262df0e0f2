/** A mirrored pair is stopped, the mirror first; then the home's disk is lost. A blank third node runs. */
import { drained, join, members, mirrored, scenario, settles } from 'warren/grading';

const NODES = ['rabbit1', 'rabbit2', 'rabbit3'];

export default scenario({
  lab: { nodes: NODES, config: { mnesia_table_loading_retry_timeout: 300, mnesia_table_loading_retry_limit: 5 } },
  sometimes: ['the disk of the home is lost'],
  async play(stage) {
    const { lab, random } = stage;
    // The run's vhost is on rabbit1, so it is one of the pair.
    const [partner = '', spare = ''] = random.shuffle(NODES.slice(1));
    const [left = '', lost = ''] = random.shuffle(['rabbit1', partner]);
    const queue = random.word();
    Object.assign(stage.env, { LEFT: left, LOST: lost, SPARE: spare, QUEUE: queue, VHOST: stage.vhost });
    const bills = Array.from({ length: random.int(30, 50) }, () => `bill-${random.nonce()}`);
    stage.note('bills', bills);
    await join(stage, partner, 'rabbit1');
    await mirrored(stage, queue, lost, bills);
    await lab.node(left).stop();
    await lab.node(lost).stop();
    await lab.node(lost).loseDisk();
    stage.sometimes('the disk of the home is lost');

    await stage.operate();
    const find = async () => (await lab.snapshot(stage.vhost)).queues.find(({ name }) => name === queue);
    const back = async (): Promise<boolean> => {
      const found = lab.nodes.some(({ state }) => state === 'running') ? await find() : undefined;
      return (found?.state ?? 'running') === 'running' && found?.node !== undefined && found.node !== lost;
    };
    if (await settles(stage, 'the queue is back', back)) {
      const copies = async (): Promise<boolean> => {
        const found = await find();
        const mirrors = found?.mirrors?.filter(({ synchronised }) => synchronised).map(({ node }) => node) ?? [];
        return [found?.node, ...mirrors].sort().join() === [left, spare].sort().join();
      };
      await settles(stage, 'a copy on both', copies);
    }
    stage.note(
      'running',
      lab.nodes.filter(({ state }) => state === 'running').map(({ name }) => name),
    );
    stage.note('members', (await members(stage, left)) ?? (await members(stage, spare)));
    await stage.listing('recovered');
    stage.note('found', await drained(stage, queue, [left, spare]));
  },
});
