import { checks, isGone, missing, repeatedEffects, type RunHistory } from 'warren/grading';

interface Order {
  readonly order: string;
  readonly amount: number;
}

/** The order of a body; its text where there is none. */
function orderOf(body: string): string {
  try {
    const { order, amount } = JSON.parse(body) as Order;
    return `${order} of ${amount}`;
  } catch {
    return body;
  }
}

function ordersOf(run: RunHistory): string[] {
  return run.note<Order[]>('orders').map(({ order, amount }) => `${order} of ${amount}`);
}

function chargesOf(run: RunHistory): string[] {
  return run.note<string[]>('charges').map(orderOf);
}

export default checks({
  done: (run) => {
    const open = missing(ordersOf(run), chargesOf(run));
    return open.length === 0 ? [] : [{ text: 'uncharged', with: { count: open.length, first: open[0] ?? '' } }];
  },
  'nothing-lost': (run) => {
    const charged = new Set(chargesOf(run));
    const seen = new Set<string>();
    const lost = run.deliveries.flatMap((delivery) => {
      const order = orderOf(delivery.body);
      if (delivery.queue !== run.facts.env.ORDERS || !isGone(delivery) || charged.has(order) || seen.has(order)) return [];
      seen.add(order);
      return [{ text: 'lost', with: { order, program: delivery.program }, at: delivery.record, follow: delivery.body }];
    });
    return lost.slice(0, 1);
  },
  once: (run) => {
    const known = new Set(ordersOf(run));
    const twice = repeatedEffects(chargesOf(run)).filter(({ effect }) => known.has(effect));
    const [first] = twice;
    if (first === undefined) return [];
    const { effect: order, times } = first;
    const given = run.deliveries.filter(
      ({ body, queue, program }) => queue === run.facts.env.ORDERS && program.startsWith('life') && orderOf(body) === order,
    );
    const lives = [...new Set(given.map(({ program }) => program))].join(', ');
    // Given again because a life ended, or a second message of the shop's.
    const text = given.some(({ redelivered }) => redelivered) ? 'charged-again' : 'repeat-charged';
    return [{ text, with: { order, times, lives, count: twice.length } }];
  },
  kept: (run) => {
    const known = new Set(ordersOf(run));
    const { MEMORY = '' } = run.facts.env;
    const transient = run.publishes.find(({ body, persistent }) => !persistent && known.has(orderOf(body)));
    if (transient !== undefined) {
      const { body, record } = transient;
      return [{ text: 'transient', with: { order: orderOf(body) }, at: record, follow: body }];
    }
    const fleeting = run.listing().queues.find(({ name, durable }) => name.startsWith(MEMORY) && !durable);
    return fleeting === undefined ? [] : [{ text: 'not-durable', with: { queue: fleeting.name } }];
  },
});
