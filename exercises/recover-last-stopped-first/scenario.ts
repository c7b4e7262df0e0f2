/** One node of a mirrored pair is stopped, the other goes on for a while and is stopped as well. */
import { drained, members, mirrored, publish, scenario, settles } from 'warren/grading';

const NODES = ['rabbit1', 'rabbit2'];

export default scenario({
  lab: {
    nodes: NODES,
    cluster: true,
    config: { mnesia_table_loading_retry_timeout: 300, mnesia_table_loading_retry_limit: 5 },
  },
  sometimes: ['messages came after the first stop'],
  async play(stage) {
    const { lab, random } = stage;
    const [early = '', late = ''] = random.shuffle(NODES);
    const queue = random.word();
    Object.assign(stage.env, { EARLY: early, LATE: late, QUEUE: queue, VHOST: stage.vhost });
    const bills = Array.from({ length: random.int(30, 50) }, () => `bill-${random.nonce()}`);
    const before = random.int(10, 20);
    stage.note('bills', bills);
    await mirrored(stage, queue, late, bills.slice(0, before));
    await lab.node(early).stop();
    await publish(stage, late, queue, bills.slice(before));
    stage.sometimes('messages came after the first stop');
    await lab.node(late).stop();

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
    stage.note(
      'running',
      lab.nodes.filter(({ state }) => state === 'running').map(({ name }) => name),
    );
    await stage.listing('recovered');
    stage.note('found', await drained(stage, queue, [late, early]));
  },
});
