/** What each command does to the state. A table: command, step. */
import type { CommandOf, CommandType } from './commands';
import type { Effect } from './effects';
import type { Entry } from './entry';
import type { QuorumState } from './quorum-state';
import { NO_SESSION } from './commands';
import { QuorumConsumer, type Session } from './roster';

export interface Meta {
  /** Of the command's log entry; from 1 on. */
  readonly index: number;
  /** Milliseconds since 1970, by the clock of the leader that took the command. */
  readonly time: number;
}

/** Returns false if nothing is to be handed out, as nothing has changed, or it is done already. */
type Step<T extends CommandType> = (state: QuorumState, command: CommandOf<T>, meta: Meta, out: Effect[]) => boolean;

const STEPS: { readonly [T in CommandType]: Step<T> } = {
  open: (state, { key, node }, { index }, out) => {
    const { roster } = state;
    const session = roster.sessionOf(key) ?? roster.open(index, key, node);
    revive(state, session);
    session.refused = state.config.overflow === 'reject-publish' && state.isFull();
    out.push({ type: 'opened', key, session: session.number, refused: session.refused });
    return true;
  },

  close: (state, { session }, { time }, out) => {
    const known = state.roster.sessions.get(session);
    if (known === undefined) return false;
    close(state, known, time, out);
    return true;
  },

  enqueue: (state, { session, sequence, messages }, { index, time }, out) => {
    const sender = state.roster.sessions.get(session);
    const expected = session === NO_SESSION ? sequence : (sender?.expected ?? 0);
    if (sequence > expected) {
      out.push({ type: 'missed', session, sequence, expected });
      return false;
    }
    const behind = sequence + messages.count;
    out.push({ type: 'accepted', session, sequence: behind - 1 });
    if (behind <= expected) return false;
    if (sender !== undefined) sender.expected = behind;
    const cursor = messages.cursor();
    for (let one = sequence; one < behind; one++) {
      cursor.next();
      if (one < expected) continue;
      state.take(index, cursor, time);
      // Each as if it had come alone: what limits drop, and who gets what, is the same however messages are gathered.
      handOut(state, time, out);
    }
    return false;
  },

  subscribe: (state, { session, tag, credit, priority }, { index }, out) => {
    const { roster } = state;
    const owner = roster.sessions.get(session);
    if (owner === undefined) return false;
    revive(state, owner);
    let consumer = roster.consumersOf(owner).find((one) => one.tag === tag && !one.cancelled && !one.once);
    if (consumer === undefined) {
      consumer = new QuorumConsumer(index, owner, tag, credit, priority, false);
      roster.add(consumer);
    } else {
      roster.leaveLine(consumer);
      consumer.window = credit;
      consumer.priority = priority;
      roster.enqueue(consumer);
    }
    out.push({ type: 'subscribed', session, tag, consumer: consumer.number });
    return true;
  },

  cancel: (state, { consumer }, { time }) => {
    const known = state.roster.consumers.get(consumer);
    if (known === undefined || known.cancelled) return false;
    state.roster.cancel(known);
    state.handsFree(known, time);
    return true;
  },

  leave: (state, { consumers }, { time }, out) => {
    const known = new Set(consumers.flatMap((consumer) => state.roster.consumers.get(consumer) ?? []));
    leave(state, known, time, out);
    return known.size > 0;
  },

  get: (state, { session, tag, noAck }, { index, time }, out) => {
    const { roster, backlog } = state;
    const owner = roster.sessions.get(session);
    if (owner === undefined) return false;
    state.lastUsed = time;
    if (state.config.singleActive) {
      out.push({ type: 'got-nothing', session, request: index, tag, reason: 'single-active' });
      return true;
    }
    state.expire(time, out);
    const before = owner.gets.get(tag);
    if (before === undefined && backlog.length === 0) {
      out.push({ type: 'got-nothing', session, request: index, tag, reason: 'empty' });
      return true;
    }
    const consumer = before ?? new QuorumConsumer(index, owner, tag, 1, 0, true);
    if (before === undefined) {
      roster.add(consumer);
      state.hand(consumer);
    }
    const [held] = consumer.held;
    const [delivery, entry] = held as [number, Entry];
    out.push({
      type: 'got',
      session,
      consumer: consumer.number,
      delivery,
      index: entry.index,
      at: entry.at,
      returns: entry.returns,
      tag,
      ready: backlog.length,
    });
    if (noAck) state.settle(consumer, [delivery], time);
    return true;
  },

  settle: (state, { consumer, deliveries }, { time }) => {
    const known = state.roster.consumers.get(consumer);
    if (known === undefined) return false;
    state.settle(known, deliveries, time);
    return true;
  },

  return: (state, { consumer, deliveries }, { time }, out) => {
    const known = state.roster.consumers.get(consumer);
    if (known === undefined) return false;
    state.giveBack(known, deliveries, time, out);
    return true;
  },

  requeue: (state, { consumer, delivery, message }, { index, time }) => {
    const known = state.roster.consumers.get(consumer);
    if (known === undefined) return false;
    const cursor = message.cursor();
    cursor.next();
    return state.requeue(known, delivery, { index, at: cursor.at }, time);
  },

  discard: (state, { consumer, deliveries }, { time }, out) => {
    const known = state.roster.consumers.get(consumer);
    if (known === undefined) return false;
    state.discard(known, deliveries, time, out);
    return true;
  },

  purge: (state, _command, { index }, out) => {
    out.push({ type: 'purged', request: index, messages: state.backlog.purge() });
    return true;
  },

  configure: (state, { config }, { time }, out) => {
    state.configure(config, time, out);
    return true;
  },

  expire: () => true,

  nodeDown: (state, { node }, { time }, out) => {
    const { roster } = state;
    for (const session of sessionsOn(state, [node])) {
      session.suspected = true;
      for (const consumer of roster.consumersOf(session)) {
        state.giveBack(consumer, [...consumer.held.keys()], time, out);
        roster.leaveLine(consumer);
        roster.demote(consumer);
      }
    }
    roster.activateNext();
    state.lastUsed = time;
    return true;
  },

  nodeUp: (state, { node }, _meta, out) => {
    const sessions = sessionsOn(state, [node]);
    for (const session of sessions) revive(state, session);
    if (sessions.length > 0) out.push({ type: 'recheck', node, sessions: sessions.map(({ number }) => number) });
    return true;
  },

  forgetNodes: (state, { nodes }, { time }, out) => {
    for (const session of sessionsOn(state, nodes)) close(state, session, time, out);
    return true;
  },

  collectDead: (state, { credit }) => {
    state.outbox.collect(credit);
    return true;
  },

  settleDead: (state, { deliveries }) => {
    for (const delivery of deliveries) {
      const entry = state.outbox.settle(delivery);
      if (entry !== null) state.backlog.release(entry);
    }
    return true;
  },
};

export function applyCommand<T extends CommandType>(state: QuorumState, command: CommandOf<T>, meta: Meta, out: Effect[]): void {
  if ((STEPS[command.type] as Step<T>)(state, command, meta, out)) handOut(state, meta.time, out);
}

function handOut(state: QuorumState, time: number, out: Effect[]): void {
  state.deliver(time, out);
  state.outbox.hand(out);
  state.limit(out);
}

function close(state: QuorumState, session: Session, time: number, out: Effect[]): void {
  leave(state, state.roster.consumersOf(session), time, out);
  state.roster.closeSession(session);
}

/** All that they hold comes back, and they are gone. */
function leave(state: QuorumState, consumers: Iterable<QuorumConsumer>, time: number, out: Effect[]): void {
  for (const consumer of consumers) {
    state.giveBack(consumer, [...consumer.held.keys()], time, out);
    if (state.roster.consumers.has(consumer.number)) state.dismiss(consumer, time);
  }
}

/** A suspected session lives: its consumers get messages again. */
function revive({ roster }: QuorumState, session: Session): void {
  if (!session.suspected) return;
  session.suspected = false;
  for (const consumer of roster.consumersOf(session)) roster.enqueue(consumer);
  roster.activateNext();
}

function sessionsOn({ roster }: QuorumState, nodes: readonly string[]): Session[] {
  return [...roster.sessions.values()].filter(({ node }) => nodes.includes(node));
}
