/** Both nodes of a mirrored pair are killed at one moment; no disk is lost. */
import { drained, members, mirrored, scenario, settles } from 'warren/grading';

const NODES = ['rabbit1', 'rabbit2'];

export default scenario({
  lab: {
    nodes: NODES,
    cluster: true,
    // A real node may need half a minute for its start where many run: the first must still wait for it by then.
    config: { mnesia_table_loading_retry_timeout: 2000, mnesia_table_loading_retry_limit: 10 },
  },
  sometimes: ['both were killed'],
  async play(stage) {
    const { lab, random } = stage;
    const [main = '', mirror = ''] = random.shuffle(NODES);
    const queue = random.word();
    Object.assign(stage.env, { MAIN: main, MIRROR: mirror, QUEUE: queue, VHOST: stage.vhost });
    const parcels = Array.from({ length: random.int(25, 40) }, () => `parcel-${random.nonce()}`);
    stage.note('parcels', parcels);
    await mirrored(stage, queue, main, parcels);
    await Promise.all(NODES.map((node) => lab.node(node).kill()));
    stage.sometimes('both were killed');

    await stage.operate();
    const together = async (): Promise<boolean> => {
      const seen = await Promise.all(NODES.map((node) => members(stage, node)));
      return seen.every((each) => each !== null && each.running.length === NODES.length);
    };
    if (await settles(stage, 'both nodes run as one cluster', together)) {
      await settles(stage, 'the mirror has all messages', async () => {
        const { queues } = await lab.snapshot(stage.vhost);
        const mirrors = queues.find(({ name }) => name === queue)?.mirrors ?? [];
        return mirrors.length === 1 && mirrors.every(({ synchronised }) => synchronised);
      });
    }
    const running = lab.nodes.filter(({ state }) => state === 'running').map(({ name }) => name);
    stage.note('running', running);
    stage.note('members', (await members(stage, main)) ?? (await members(stage, mirror)));
    stage.note('found', await drained(stage, queue, [main, mirror]));
  },
});
