/** Messages that a failure took, in words. */
import type { EventOf, TraceEvent } from '../trace/events';
import { commas, visible } from './words';

export interface Loss {
  readonly count: number;
  /** Names of the messages, as far as they are known. */
  readonly labels: readonly string[];
}

/** `3 lost: 108–110`, with at most so many signs of labels. */
export function labelWords(loss: Loss, most: number): string {
  const head = `${commas(loss.count)} lost`;
  if (loss.labels.length === 0) return head;
  const whole = loss.labels.length === loss.count;
  const parts = ranges(loss.labels.map(visible));
  let text = '';
  for (const [i, part] of parts.entries()) {
    const longer = text === '' ? part : `${text}, ${part}`;
    if (longer.length > most) return text === '' ? head : `${head}: ${text} …`;
    text = longer;
    if (i === parts.length - 1 && !whole) text += ' …';
  }
  return `${head}: ${text}`;
}

/** Labels that differ only in a number which counts up become `108–110`. */
function ranges(labels: readonly string[]): string[] {
  const parts: Array<{ first: string; last: string; prefix: string; number: number }> = [];
  for (const label of labels) {
    const [, prefix = '', digits = ''] = /^(.*?)(\d{1,15})$/.exec(label) ?? [];
    const number = digits === '' ? Number.NaN : Number(digits);
    const before = parts.at(-1);
    if (before !== undefined && before.prefix === prefix && before.number + 1 === number) {
      before.last = digits;
      before.number = number;
    } else parts.push({ first: label, last: '', prefix, number });
  }
  return parts.map(({ first, last }) => (last === '' ? first : `${first}–${last}`));
}

/** Messages that were lost with a node's disk, of which somebody has brought back a copy since: nobody knows what is on it. */
export function isUndone(loss: EventOf<'messages.lost'>, events: readonly TraceEvent[]): boolean {
  if (loss.reason !== 'node-lost') return false;
  return events.some((event) => event.seq > loss.seq && event.type === 'fault' && event.fault === 'disk replaced');
}
