/** Three nodes stand alone; one of them has a queue with messages. */
import { drained, members, publish, scenario, settles } from 'warren/grading';

const NODES = ['rabbit1', 'rabbit2', 'rabbit3'];

export default scenario({
  lab: { nodes: NODES },
  async play(stage) {
    const { lab, random } = stage;
    // The run's vhost is on rabbit1, so the shop is.
    const shop = 'rabbit1';
    const [disc = '', ram = ''] = random.shuffle(NODES.slice(1));
    const queue = random.word();
    Object.assign(stage.env, { SHOP: shop, DISC: disc, RAM: ram, QUEUE: queue, VHOST: stage.vhost });
    const orders = Array.from({ length: random.int(10, 20) }, () => `order-${random.nonce()}`);
    stage.note('orders', orders);
    await publish(stage, shop, queue, orders);

    await stage.operate();
    await settles(stage, 'one cluster of three', async () => {
      const seen = await Promise.all(NODES.map((node) => members(stage, node)));
      return seen.every((each) => each?.running.length === NODES.length);
    });
    const running = await Promise.all(
      NODES.map(async (node) => `${node}: ${(await members(stage, node))?.running.join(', ') || '-'}`),
    );
    stage.note('seen', running);
    stage.note('members', await members(stage, shop));
    stage.note(
      'found',
      await drained(
        stage,
        queue,
        lab.nodes.map(({ name }) => name),
      ),
    );
  },
});
