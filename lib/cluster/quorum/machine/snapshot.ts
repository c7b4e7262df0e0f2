/**
 * The state of a quorum queue as octets. It names messages by the indexes of their log entries and does not hold their octets: it
 * serves as the beginning of a log only once those below it are needed no more (release-cursor.ts).
 *
 * Equal states give equal octets.
 */
import type { DeathReason } from '../../../trace/events';
import { QuorumBacklog } from './backlog';
import { readConfig, writeConfig } from './config';
import { DeadLetterOutbox } from './dead-letter-outbox';
import { Entry, NEVER } from './entry';
import { OctetReader, OctetWriter } from './octets';
import { QuorumState } from './quorum-state';
import { QuorumConsumer } from './roster';

/** Of the form that is described here. */
const VERSION = 2;

/** In the order of their numbers in a snapshot. */
const REASONS: readonly DeathReason[] = ['rejected', 'expired', 'maxlen', 'delivery_limit'];

export function writeSnapshot(state: QuorumState): Buffer {
  const { backlog, outbox, roster } = state;
  const out = new OctetWriter();
  const entries = new EntryWriter(out);
  out.number(VERSION);
  writeConfig(out, state.config);
  out.number(state.lastUsed);
  const { fresh, returned } = backlog.parts();
  out.list(fresh, fresh.length, entries.write);
  out.list(returned, returned.length, entries.write);
  writeRoster(out, roster, entries);
  const { waiting, handed, nextDelivery, credit } = outbox.parts();
  out.list(waiting, waiting.length, ({ entry, reason }) => {
    entries.write(entry);
    out.number(REASONS.indexOf(reason));
  });
  out.list(handed, handed.length, ([delivery, { entry, reason }]) => {
    out.number(delivery);
    entries.write(entry);
    out.number(REASONS.indexOf(reason));
  });
  out.number(nextDelivery);
  out.number(credit);
  return out.take();
}

function writeRoster(out: OctetWriter, roster: QuorumState['roster'], entries: EntryWriter): void {
  const { sessions, consumers } = roster;
  out.list(sessions.values(), sessions.size, ({ number, key, node, suspected, expected, refused }) => {
    out.number(number);
    out.text(key);
    out.text(node);
    out.flag(suspected);
    out.number(expected);
    out.flag(refused);
  });
  out.list(consumers.values(), consumers.size, (consumer) => {
    const { number, session, tag, window, priority, once, cancelled, waiting, nextDelivery, held } = consumer;
    out.number(number);
    out.number(session.number);
    out.text(tag);
    out.number(window);
    out.signed(priority);
    out.flag(once);
    out.flag(cancelled);
    out.flag(waiting);
    out.number(nextDelivery);
    out.list(held, held.size, ([delivery, entry]) => {
      out.number(delivery);
      entries.write(entry);
    });
  });
  const { inLine, waiting } = roster.order();
  out.list(inLine, inLine.length, (number) => out.number(number));
  out.list(waiting, waiting.length, (number) => out.number(number));
}

/** Throws RangeError if this is no snapshot. */
export function readSnapshot(bytes: Buffer): QuorumState {
  const from = new OctetReader(bytes);
  const entries = new EntryReader(from);
  const version = from.number();
  if (version !== VERSION) throw new RangeError(`a snapshot of version ${version}`);
  const state = new QuorumState(readConfig(from));
  state.lastUsed = from.number();
  const fresh = from.list(entries.read);
  const returned = from.list(entries.read);
  readRoster(from, state, entries);
  const letter = () => ({ entry: entries.read(), reason: REASONS[from.number()] as DeathReason });
  const waiting = from.list(letter);
  const handed = from.list(() => [from.number(), letter()] as const);
  state.outbox = DeadLetterOutbox.from({ waiting, handed, nextDelivery: from.number(), credit: from.number() });
  const held = [...state.roster.consumers.values()].flatMap((consumer) => [...consumer.held.values()]);
  const dead = [...waiting, ...handed.map(([, one]) => one)].map(({ entry }) => entry);
  state.backlog = QuorumBacklog.from(fresh, returned, [...held, ...dead]);
  state.heldCount = held.length;
  state.heldBytes = held.reduce((sum, { size }) => sum + size, 0);
  return state;
}

function readRoster(from: OctetReader, { roster }: QuorumState, entries: EntryReader): void {
  from.list(() => {
    const session = roster.open(from.number(), from.text(), from.text());
    session.suspected = from.flag();
    session.expected = from.number();
    session.refused = from.flag();
  });
  from.list(() => {
    const number = from.number();
    const session = roster.sessions.get(from.number());
    if (session === undefined) throw new RangeError(`consumer ${number} has no session`);
    const consumer = new QuorumConsumer(number, session, from.text(), from.number(), from.signed(), from.flag());
    consumer.cancelled = from.flag();
    consumer.waiting = from.flag();
    consumer.nextDelivery = from.number();
    from.list(() => consumer.held.set(from.number(), entries.read()));
    roster.note(consumer);
  });
  const numbers = (): number[] => from.list(() => from.number());
  roster.restoreOrder(numbers(), numbers());
}

/** Neighbours lie close in the log and expire at about the same time: each is written as its distance from the one before. */
class EntryWriter {
  private index = 0;
  private expiresAt = 0;

  constructor(private readonly out: OctetWriter) {}

  readonly write = ({ index, at, size, expiresAt, returns }: Entry): void => {
    const { out } = this;
    out.signed(index - this.index);
    this.index = index;
    out.number(at);
    out.number(size);
    out.number(returns);
    const expires = expiresAt !== NEVER;
    out.flag(expires);
    if (!expires) return;
    out.signed(expiresAt - this.expiresAt);
    this.expiresAt = expiresAt;
  };
}

class EntryReader {
  private index = 0;
  private expiresAt = 0;

  constructor(private readonly from: OctetReader) {}

  readonly read = (): Entry => {
    const { from } = this;
    this.index += from.signed();
    const at = from.number();
    const size = from.number();
    const returns = from.number();
    if (!from.flag()) return new Entry(this.index, at, size, NEVER, returns);
    this.expiresAt += from.signed();
    return new Entry(this.index, at, size, this.expiresAt, returns);
  };
}
