/** Bounded unacknowledged messages: a program holds no more than it can work on. */
import type { Delivery } from '../wire/messages';
import type { WireRecord } from '../wire/wire-record';
import { Open, type Most } from './open';

/**
 * The most deliveries that programs had at one time without having settled them, and the record at which that was; of one
 * program or of all together. A delivery that needs no acknowledgement is never held in this sense.
 */
export function mostUnacked(records: readonly WireRecord[], deliveries: readonly Delivery[], program?: string): Most {
  const delivered = new Map<number, Delivery>();
  const settled = new Map<number, Delivery[]>();
  for (const delivery of deliveries) {
    if (delivery.automatic || (program !== undefined && delivery.program !== program)) continue;
    delivered.set(delivery.record.index, delivery);
    const by = delivery.settled?.record.index;
    if (by !== undefined) settled.set(by, [...(settled.get(by) ?? []), delivery]);
  }
  const open = new Open();
  for (const record of records) {
    const delivery = delivered.get(record.index);
    if (delivery !== undefined) open.add(record, keyOf(delivery));
    for (const each of settled.get(record.index) ?? []) open.remove(keyOf(each));
    if (record.method === 'tcp.end') open.removeAll(`${record.connection} `);
    if (record.method === 'channel.close-ok') open.removeAll(`${record.connection} ${record.channel} `);
  }
  return open.most;
}

function keyOf({ record, tag }: Delivery): string {
  return `${record.connection} ${record.channel} ${tag}`;
}
