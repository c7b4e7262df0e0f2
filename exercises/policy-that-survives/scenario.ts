/**
 * Two queues with messages are at home on one node of three. After the operator is done, more messages come; then it is
 * killed.
 */
import { drained, join, publish, scenario, settles } from 'warren/grading';

const NODES = ['rabbit1', 'rabbit2', 'rabbit3'];

export default scenario({
  lab: { nodes: NODES },
  sometimes: ['the home was killed'],
  async play(stage) {
    const { lab, random } = stage;
    for (const node of NODES.slice(1)) await join(stage, node, 'rabbit1');
    const [home = '', node = '', ...others] = random.shuffle(NODES);
    const [prefix = '', one = '', two = '', other = ''] = random.words(4);
    const queues = [`${prefix}.${one}`, `${prefix}.${two}`];
    Object.assign(stage.env, { NODE: node, PREFIX: prefix, ONE: one, TWO: two, OTHER: `${other}-${prefix}`, VHOST: stage.vhost });
    const some = (): string[] => Array.from({ length: random.int(10, 20) }, () => `entry-${random.nonce()}`);
    const old = new Map<string, string[]>();
    for (const queue of [...queues, stage.env.OTHER]) {
      old.set(queue, some());
      await publish(stage, home, queue, old.get(queue) as string[]);
    }

    await stage.operate();
    const copied = async (synchronised: boolean): Promise<boolean> => {
      const snapshot = await lab.snapshot(stage.vhost);
      const mirrorsOf = (queue: string) => snapshot.queues.find(({ name }) => name === queue)?.mirrors ?? [];
      return queues.every((queue) => mirrorsOf(queue).some((mirror) => mirror.synchronised || !synchronised));
    };
    if (await settles(stage, 'mirrors', () => copied(false))) await settles(stage, 'mirrors in sync', () => copied(true));
    await stage.listing('ready');
    const fresh = new Map<string, string[]>();
    for (const queue of queues) {
      fresh.set(queue, some());
      await publish(stage, node, queue, fresh.get(queue) as string[]).catch(() => fresh.set(queue, []));
    }
    await lab.node(home).kill();
    stage.sometimes('the home was killed');
    const left = [node, ...others];
    await settles(stage, 'both queues have another home', async () => {
      const snapshot = await lab.snapshot(stage.vhost);
      return queues.every((queue) => left.includes(snapshot.queues.find(({ name }) => name === queue)?.node ?? ''));
    });
    const lost = { old: 0, fresh: 0 };
    for (const queue of queues) {
      const found = new Set(await drained(stage, queue, left));
      lost.old += (old.get(queue) ?? []).filter((body) => !found.has(body)).length;
      lost.fresh += (fresh.get(queue) ?? []).filter((body) => !found.has(body)).length;
    }
    stage.note('lost', lost);
    stage.note('queues', queues);
  },
});
