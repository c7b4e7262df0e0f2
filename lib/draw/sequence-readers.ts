/**
 * How each type of event is read as a step of a sequence diagram. Several events that are one step for a reader (publish,
 * routed, enqueued; deliver and its settlement) find each other through what was read before.
 */
import type { EventOf, TraceEvent } from '../trace/events';
import type { Ink } from './scene';
import { channelKey, delivered, type Reading, settlement } from './sequence-deliveries';
import { BROKER, clientEnd, type End, exchangeEnd, queueEnd, REPLY_TO, type Step } from './sequence-step';
import { count, visible } from './words';

const REASONS: Readonly<Record<string, string>> = {
  rejected: 'rejected',
  expired: 'expired',
  maxlen: 'over length',
  delivery_limit: 'delivered too often',
  cycle: 'dead-letter cycle',
  unroutable: 'no binding matches',
};

export function reasonWords(reason: string): string {
  return REASONS[reason] ?? reason;
}

export type Reader<T extends TraceEvent['type']> = (event: EventOf<T>, reading: Reading) => Partial<Step> | undefined;

function declared(what: string, end: End, extra = ''): Partial<Step> {
  return { shape: 'box', verb: what, from: end, label: `${what}${extra}`, weight: 10, setup: true };
}

function banner(label: string, weight: number, ink: Ink = 'i'): Partial<Step> {
  return { shape: 'banner', verb: 'remark', from: BROKER, label, ink, weight };
}

function closing(event: EventOf<'channel.closed'> | EventOf<'connection.closed'>, what: string): Partial<Step> {
  const from = clientEnd(event);
  if (event.by === 'network')
    return { shape: 'cross', verb: 'connection lost', from, label: 'connection lost', ink: 'l', weight: 90, ends: true };
  if (event.by === 'client')
    return { shape: 'control', verb: `close ${what}`, from, to: BROKER, label: `closes ${what}`, weight: 15, ends: true };
  const label = `${what} closed `;
  return {
    shape: 'control',
    verb: `${what} closed`,
    from: BROKER,
    to: from,
    ink: 'l',
    label,
    strong: String(event.code),
    note: visible(event.text),
    weight: 90,
    ends: true,
  };
}

/** How each type of event is read; the ones that are not listed only complete other steps or say nothing to a reader. */
export const READERS: { readonly [T in TraceEvent['type']]?: Reader<T> } = {
  'connection.opened': (event) => ({
    shape: 'control',
    verb: 'connect',
    from: clientEnd(event),
    to: BROKER,
    label: 'connects',
    weight: 12,
    setup: true,
    begins: true,
  }),
  'connection.refused': (event) => ({
    shape: 'control',
    verb: 'connection refused',
    from: BROKER,
    to: clientEnd(event),
    ink: 'l',
    label: 'connection refused ',
    strong: String(event.code),
    note: visible(event.text),
    weight: 90,
    begins: true,
    ends: true,
  }),
  'connection.closed': (event) => closing(event, 'connection'),
  'connection.blocked': (event) => ({
    shape: 'control',
    verb: 'blocked',
    from: BROKER,
    to: clientEnd(event),
    label: 'blocked',
    note: visible(event.reason),
    weight: 80,
  }),
  'connection.unblocked': (event) => ({
    shape: 'control',
    verb: 'unblocked',
    from: BROKER,
    to: clientEnd(event),
    label: 'unblocked',
    weight: 80,
  }),
  'channel.opened': (event) => ({
    shape: 'control',
    verb: 'open channel',
    from: clientEnd(event),
    to: BROKER,
    label: `opens channel ${event.channel}`,
    weight: 10,
    setup: true,
    begins: true,
  }),
  'channel.closed': (event) => closing(event, 'channel'),
  publish: (event, reading) => {
    const again = event.message !== 0 && reading.published.has(event.message);
    reading.published.add(event.message);
    return {
      shape: 'message',
      verb: 'publish',
      from: clientEnd(event),
      to: exchangeEnd(event.exchange),
      ink: 'd',
      label: 'publish ',
      strong: visible(event.label),
      extra: event.publishSeq > 0 ? ` seq ${event.publishSeq}` : '',
      note: visible(event.routingKey),
      mono: true,
      message: event.message,
      messageLabel: event.label,
      again,
    };
  },
  return: (event) => ({
    shape: 'message',
    verb: 'return',
    from: exchangeEnd(event.exchange),
    to: clientEnd(event),
    ink: 'd',
    label: 'return ',
    strong: `${event.code}`,
    note: visible(event.text),
    message: event.message,
    messageLabel: event.label,
    weight: 80,
  }),
  confirm: (event) => ({
    shape: 'control',
    verb: event.outcome === 'ack' ? 'confirm' : 'nack',
    from: BROKER,
    to: clientEnd(event),
    ink: event.outcome === 'ack' ? 'o' : 'l',
    label: event.outcome === 'ack' ? 'confirm ' : 'nack ',
    strong: `${event.multiple ? 'up to ' : ''}${event.publishSeq}`,
    weight: event.outcome === 'ack' ? 30 : 80,
  }),
  deliver: (event, reading) => delivered(event, 'deliver', reading),
  get: (event, reading) => delivered(event, 'get', reading),
  ack: (event, reading) => settlement(event, 'ack', reading, 30),
  reject: (event, reading) => settlement(event, event.requeue ? 'requeue' : 'reject', reading, 70),
  'consumer.added': (event, reading) => {
    if (event.noAck) reading.automatic.add(`${channelKey(event)}#${event.consumerTag}`);
    const note = event.queue === REPLY_TO ? 'direct reply-to' : event.noAck ? 'automatic ack' : '';
    return {
      shape: 'control',
      verb: 'consume',
      from: clientEnd(event),
      to: queueEnd(event.queue),
      label: 'consume',
      note,
      weight: 20,
      setup: true,
    };
  },
  'consumer.cancelled': (event) =>
    event.by === 'client'
      ? { shape: 'control', verb: 'cancel', from: clientEnd(event), to: queueEnd(event.queue), label: 'cancel', weight: 40 }
      : {
          shape: 'control',
          verb: 'cancel',
          from: queueEnd(event.queue),
          to: clientEnd(event),
          label: 'cancel',
          note: 'by the broker',
          weight: 75,
        },
  'node.started': (event) => ({ ...banner(`${visible(event.node)} is running`, 70, 'o'), begins: true }),
  'node.stopped': (event) => ({ ...banner(`${visible(event.node)} stopped`, 85, 'n'), ends: true }),
  'node.killed': (event) => ({ ...banner(`kill -9 ${visible(event.node)}`, 100, 'l'), ends: true }),
  'node.paused': (event) => banner(`${visible(event.node)} paused: nothing answers`, 95, 'n'),
  'node.resumed': (event) => banner(`${visible(event.node)} goes on`, 85, 'o'),
  'exchange.declared': (event) => declared('declared', exchangeEnd(event.exchange)),
  'exchange.deleted': (event) => ({
    shape: 'box',
    verb: 'deleted',
    from: exchangeEnd(event.exchange),
    label: 'deleted',
    weight: 50,
  }),
  'queue.declared': (event) => declared('declared', queueEnd(event.queue)),
  'queue.deleted': (event) => ({
    shape: 'box',
    verb: 'deleted',
    from: queueEnd(event.queue),
    label: event.reason === 'deleted' ? 'deleted' : `deleted: ${event.reason}`,
    note: event.messages > 0 ? `with ${count(event.messages, 'message')}` : '',
    weight: event.messages > 0 ? 75 : 50,
  }),
  'queue.purged': (event) => ({
    shape: 'box',
    verb: 'purged',
    from: queueEnd(event.queue),
    label: 'purged',
    note: count(event.messages, 'message'),
    weight: 60,
  }),
  'binding.added': (event) => ({
    shape: 'control',
    verb: 'bind',
    from: exchangeEnd(event.source),
    to: event.toQueue ? queueEnd(event.destination) : exchangeEnd(event.destination),
    ink: 'j',
    label: 'bind',
    note: visible(event.routingKey),
    mono: true,
    weight: 10,
    setup: true,
  }),
  requeued: (event, reading) => {
    const last = reading.steps.at(-1);
    const told = reading.steps.findLast((step) => step.verb === 'requeue');
    if (told !== undefined && told.at === event.at) return undefined;
    const label = `${visible(event.label)} is back`;
    if (last?.verb === 'back' && last.from.name === event.queue && last.at === event.at) {
      const many = Number(/^(\d+) messages/.exec(last.label)?.[1] ?? 1) + 1;
      last.label = `${many} messages are back`;
      return undefined;
    }
    return {
      shape: 'box',
      verb: 'back',
      from: queueEnd(event.queue),
      label,
      weight: 75,
      message: event.message,
      messageLabel: event.label,
    };
  },
  settled: (event, reading) => {
    for (const channel of reading.open.values()) {
      for (const delivery of [...channel.values()]) {
        if (delivery.message !== event.message || delivery.queue !== event.queue || event.message === 0) continue;
        channel.delete(delivery.tag);
        const step = reading.steps.findLast((candidate) => candidate.delivery === delivery.key);
        if (step !== undefined) step.delivery = '';
      }
    }
    return undefined;
  },
  'dead-lettered': (event) => ({
    shape: 'dead',
    verb: 'dead-letter',
    from: queueEnd(event.queue),
    ink: 'x',
    label: `${reasonWords(event.reason)} `,
    strong: visible(event.label),
    note: `via ${event.exchange === '' ? 'the default exchange' : visible(event.exchange)}`,
    message: event.message,
    messageLabel: event.label,
    weight: 80,
  }),
  dropped: (event, reading) => {
    const step = reading.routing.get(event.message);
    if (event.reason === 'unroutable' && step !== undefined && step.queues.length === 0) {
      step.lost = true;
      return undefined;
    }
    return {
      shape: 'cross',
      verb: 'lost',
      from: queueEnd(event.queue),
      ink: 'l',
      label: `${visible(event.label)} lost: ${reasonWords(event.reason)}`,
      message: event.message,
      messageLabel: event.label,
      lost: true,
      weight: 85,
    };
  },
  fault: (event) => banner(`fault: ${visible(event.fault)} ${visible(event.target)}`, 100, 'l'),
  healed: (event) => banner(`healed: ${visible(event.fault)} ${visible(event.target)}`, 90, 'o'),
  command: (event, reading) => {
    reading.commands++;
    return {
      ...banner(visible(event.line), 60),
      verb: 'command',
      strong: String(reading.commands),
      note: event.exitCode === 0 ? '' : `exit code ${event.exitCode}`,
    };
  },
  note: (event) => banner(visible(event.text), 88),
};
