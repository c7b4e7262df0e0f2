import { checks, connectionsUsed, isGone, missing, type Delivery, type Finding, type RunHistory } from 'warren/grading';

interface Order {
  readonly order: Readonly<Record<string, string>>;
  readonly code: number;
  readonly messages?: number;
}

/** An answer as text that can be compared; what is no answer at all is itself. */
function answerOf(body: string): { id: unknown; text: string } {
  try {
    const { id, code, messages } = JSON.parse(body) as Record<string, unknown>;
    return { id, text: said(code, messages) };
  } catch {
    return { id: null, text: body };
  }
}

function said(code: unknown, messages?: unknown): string {
  return messages === undefined ? `code ${code}` : `code ${code}, messages ${messages}`;
}

/** Messages of a queue that were given out and never let go of. */
function openIn(run: RunHistory, queue = ''): Delivery[] {
  const done = new Set(run.deliveries.filter(isGone).map(({ body }) => body));
  return run.deliveries.filter((delivery) => delivery.queue === queue && !done.has(delivery.body));
}

export default checks({
  forwarded: (run): Finding[] => {
    const left = missing(run.note<string[]>('letters'), run.note<string[]>('came out'));
    if (left.length > 0) return [{ text: 'not-forwarded', with: { count: left.length, first: left[0] ?? '' } }];
    return openIn(run, run.facts.env.IN)
      .slice(0, 1)
      .map(({ body, record }) => ({ text: 'letter-open', with: { letter: body }, at: record, follow: body }));
  },
  answered: (run): Finding[] => {
    const { ORDERS } = run.facts.env;
    const answers = run.note<string[]>('answers').map(answerOf);
    const orders = run.note<Order[]>('orders');
    const unanswered = orders.filter(({ order }) => !answers.some(({ id }) => id === order.id));
    const first = unanswered[0]?.order;
    if (first !== undefined)
      return [{ text: 'unanswered', with: { count: unanswered.length, of: orders.length, first: JSON.stringify(first) } }];
    for (const { order, code, messages } of orders) {
      const wanted = said(code, messages);
      const wrong = answers.find(({ id, text }) => id === order.id && text !== wanted);
      if (wrong !== undefined) return [{ text: 'wrong-answer', with: { order: JSON.stringify(order), got: wrong.text, wanted } }];
    }
    const unmade = orders.find(({ order, code }) => code === 200 && order.make !== undefined && !isThere(run, order));
    if (unmade !== undefined) return [{ text: 'not-made', with: { order: JSON.stringify(unmade.order) } }];
    return openIn(run, ORDERS)
      .slice(0, 1)
      .map(({ body, record }) => ({ text: 'order-open', with: { order: body }, at: record }));
  },
  undisturbed: (run): Finding[] => {
    const consumers = new Map<string, Set<unknown>>();
    for (const record of run.records) {
      const { method, from, args, index } = record;
      const key = `${record.connection} ${record.channel}`;
      if (method === 'channel.open') consumers.set(key, new Set());
      if (method === 'basic.consume-ok') consumers.get(key)?.add(args.consumerTag);
      if (method === 'basic.cancel-ok') consumers.get(key)?.delete(args.consumerTag);
      if (method !== 'channel.close' || from !== 'broker') continue;
      const opened = run.records.findLast((each) => each.method === 'channel.open' && each.index < index && isOn(each, key));
      const since = opened?.index ?? 0;
      const isOpen = (at: number, end: number | undefined): boolean => at > since && at < index && (end ?? index) >= index;
      const held = run.deliveries.filter(
        (each) => isOn(each.record, key) && !each.automatic && isOpen(each.record.index, each.settled?.record.index),
      ).length;
      const unsure = run.publishes.filter(
        (each) =>
          isOn(each.record, key) && each.sequence > 0 && isOpen(each.record.index, (each.confirmed ?? each.refused)?.index),
      ).length;
      const consuming = consumers.get(key)?.size ?? 0;
      if (consuming + held + unsure > 0)
        return [{ text: 'disturbed', with: { reason: String(args.replyText), consuming, held, unsure }, at: record }];
    }
    return [];
  },
  'one-connection': (run) => {
    const { opened, at } = connectionsUsed(run.records);
    return opened > 1 && at !== null ? [{ text: 'many-connections', with: { opened }, at }] : [];
  },
  kept: (run): Finding[] => {
    const transient = run.publishes.find(({ persistent }) => !persistent);
    if (transient !== undefined)
      return [{ text: 'transient', with: { body: transient.body }, at: transient.record, follow: transient.body }];
    const { IN, OUT = '', ORDERS, ANSWERS = '' } = run.facts.env;
    for (const delivery of run.deliveries) {
      const { body, queue, settled, record } = delivery;
      if (!isGone(delivery) || (queue !== IN && queue !== ORDERS)) continue;
      const caused = run.publishes.filter(({ routingKey, body: sent }) =>
        queue === IN ? routingKey === OUT && sent === body : routingKey === ANSWERS && sameId(sent, body),
      );
      const at = settled?.record ?? record;
      // What never went out is missed by other checks.
      if (caused.length > 0 && caused.every((publish) => publish.record.index > at.index))
        return [{ text: 'acked-first', with: { body }, at, follow: body }];
    }
    return [];
  },
});

function isOn(record: { readonly connection: number; readonly channel: number }, key: string): boolean {
  return `${record.connection} ${record.channel}` === key;
}

function isThere(run: RunHistory, { make, type }: Order['order']): boolean {
  return run.listing('done').exchanges.some((exchange) => exchange.name === make && exchange.kind === type && exchange.durable);
}

function sameId(answer: string, order: string): boolean {
  return answerOf(answer).id === answerOf(order).id;
}
