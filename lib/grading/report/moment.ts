/** The picture of a finding: one message from its publish to its end, and what befell the connections that it passed. */
import { drawSequence } from '../../draw';
import type { TraceEvent } from '../../trace/events';

/** Events that are shown at most; a message that goes round for ever is cut short. */
const EVENTS_MAX = 40;

/** The picture of it; '' if nobody saw a message with this label. */
export function drawMoment(events: readonly TraceEvent[], label: string): string {
  const shown = momentOf(events, label);
  return shown.length === 0 ? '' : drawSequence(shown, { follow: label, title: `What became of ${label}` });
}

/** Of all events of a run, those that a reader needs to see what became of the message with this label. */
export function momentOf(events: readonly TraceEvent[], label: string): TraceEvent[] {
  const own = events.filter((event) => 'label' in event && event.label === label);
  const channels = new Set(own.flatMap((event) => ('channel' in event ? [`${event.connection} ${event.channel}`] : [])));
  const connections = new Set(own.flatMap((event) => ('connection' in event ? [event.connection] : [])));
  if (own.length === 0) return [];
  const settles = new Set(
    own.flatMap((event) => ('deliveryTag' in event ? [`${event.connection} ${event.channel} ${event.deliveryTag}`] : [])),
  );
  const confirms = own.flatMap((event) => (event.type === 'publish' && event.publishSeq > 0 ? [event] : []));
  const belongs = (event: TraceEvent): boolean => {
    if (own.includes(event) || event.type === 'note') return true;
    if (event.type === 'connection.opened' || event.type === 'connection.closed') return connections.has(event.connection);
    if (event.type === 'ack' || event.type === 'reject')
      return settles.has(`${event.connection} ${event.channel} ${event.deliveryTag}`);
    if (event.type !== 'confirm' || !channels.has(`${event.connection} ${event.channel}`)) return false;
    return confirms.some(({ connection, channel, publishSeq }) => {
      const same = connection === event.connection && channel === event.channel;
      return same && (publishSeq === event.publishSeq || (event.multiple && publishSeq <= event.publishSeq));
    });
  };
  return events.filter(belongs).slice(0, EVENTS_MAX).map(named);
}

/** A connection without a name of its own is called by its user: the program's name. */
function named(event: TraceEvent): TraceEvent {
  return event.type === 'connection.opened' && event.name === '' ? { ...event, name: event.user } : event;
}
