/** What a quorum queue's object on a node does with what it hears of other nodes, or of the member beside it. A row for each. */
import type { QuorumQueue } from './quorum-queue';
import type { Item } from './quorum-wire';

type Heard = { readonly [K in Item['do']]?: (queue: QuorumQueue, from: string, item: Extract<Item, { do: K }>) => void };

const HEARD: Heard = {
  request: (queue, from, request) => queue.asked(from, (leader) => leader.request(from, request)),
  resume: (queue, from, { consumer, from: delivery }) => queue.asked(from, (leader) => leader.resume(from, consumer, delivery)),
  count: (queue, from, { call }) => queue.asked(from, (leader) => leader.count(from, call)),
  applied: (queue, _from, { number }) => queue.client.applied(number),
  opened: (queue, _from, { key, session, refused }) => queue.client.opened(key, session, refused),
  missed: (queue) => queue.client.missed(),
  refuse: (queue, _from, { refuse }) => {
    queue.client.refused = refuse;
  },
  subscribed: (queue, _from, { tag, consumer }) => queue.hands.subscribed(tag, consumer),
  deliver: (queue, _from, item) => queue.hands.deliver(item),
  resumed: (queue, _from, { consumer, next }) => queue.hands.resumed(consumer, next),
  got: (queue, _from, item) => queue.questions.got(item),
  gotNothing: (queue, _from, { tag, single }) => queue.questions.gotNothing(tag, single),
  purged: (queue, _from, { messages }) => queue.questions.purged(messages),
  counted: (queue, _from, { call, messages, consumers }) => queue.questions.counted(call, messages, consumers),
  recheck: (queue, _from, { sessions }) => queue.client.recheck(sessions),
  leads: (queue, from, { term, members }) => {
    queue.knows(members, from);
    queue.client.leads(from, term);
  },
  leadsNot: (queue, from) => queue.lost(from),
  join: (queue, _from, { member }) => queue.join(member),
  leave: (queue) => queue.leave(),
  change: (queue, from, { call, what, node }) => queue.admin.begin(from, call, what, node),
  changed: (queue, _from, { call, refusal }) => queue.admin.changed(call, refusal),
  status: (queue, from, { call }) => {
    const status = queue.admin.status();
    if (status !== null) queue.send(from, { do: 'statusIs', call, status });
    else queue.send(from, { do: 'statusNone', call });
  },
  statusIs: (queue, _from, { call, status }) => queue.admin.told(call, status),
  statusNone: (queue, _from, { call }) => queue.admin.told(call, null),
};

/** What founds a queue's member is not for the queue (quorum-part.ts). */
export function hear(queue: QuorumQueue, from: string, item: Item): void {
  (HEARD[item.do] as ((queue: QuorumQueue, from: string, item: Item) => void) | undefined)?.(queue, from, item);
}
