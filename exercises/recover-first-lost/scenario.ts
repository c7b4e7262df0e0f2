/**
 * One node of a mirrored pair is stopped, the home goes on for a while and is stopped as well; then the first one's disk is
 * lost. Its machine stands there, blank and down. A blank third node runs.
 */
import { drained, join, members, mirrored, publish, scenario, settles } from 'warren/grading';

const NODES = ['rabbit1', 'rabbit2', 'rabbit3'];

export default scenario({
  lab: { nodes: NODES, config: { mnesia_table_loading_retry_timeout: 1000, mnesia_table_loading_retry_limit: 10 } },
  sometimes: ['messages came after the first stop', 'the disk of the first is lost'],
  async play(stage) {
    const { lab, random } = stage;
    // The run's vhost is on rabbit1, so it is one of the pair.
    const [partner = '', spare = ''] = random.shuffle(NODES.slice(1));
    const [lost = '', last = ''] = random.shuffle(['rabbit1', partner]);
    const queue = random.word();
    Object.assign(stage.env, { LOST: lost, LAST: last, SPARE: spare, QUEUE: queue, VHOST: stage.vhost });
    const tickets = Array.from({ length: random.int(25, 40) }, () => `ticket-${random.nonce()}`);
    const before = random.int(8, 16);
    stage.note('tickets', tickets);
    await join(stage, partner, 'rabbit1');
    await mirrored(stage, queue, last, tickets.slice(0, before));
    await lab.node(lost).stop();
    await publish(stage, last, queue, tickets.slice(before));
    stage.sometimes('messages came after the first stop');
    await lab.node(last).stop();
    await lab.node(lost).loseDisk();
    stage.sometimes('the disk of the first is lost');

    await stage.operate();
    const find = async () => {
      if (!lab.nodes.some(({ state }) => state === 'running')) return undefined;
      return (await lab.snapshot(stage.vhost)).queues.find(({ name }) => name === queue);
    };
    const back = async (): Promise<boolean> => {
      const found = await find();
      return found !== undefined && (found.state ?? 'running') === 'running';
    };
    if (await settles(stage, 'the queue is back', back)) {
      await settles(stage, 'a copy on both', async () => {
        const found = await find();
        const mirrors = found?.mirrors?.filter(({ synchronised }) => synchronised).map(({ node }) => node) ?? [];
        return [found?.node, ...mirrors].sort().join() === [last, spare].sort().join();
      });
      await stage.listing('recovered');
    }
    stage.note(
      'running',
      lab.nodes.filter(({ state }) => state === 'running').map(({ name }) => name),
    );
    stage.note('members', (await members(stage, last)) ?? (await members(stage, spare)));
    stage.note('found', await drained(stage, queue, [last, spare]));
  },
});
