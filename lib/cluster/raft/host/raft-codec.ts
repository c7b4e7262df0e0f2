/**
 * Messages of many groups from one node to another, one behind the other: the group, the kind (1), which members they are from
 * and to, the term, then the fields of the kind.
 */
import type { OctetReader, OctetWriter } from '../../quorum/machine/octets';
import { memberId, suffixOf } from './raft-ids';
import type { Entry, EntryKind } from '../log';
import { decodeMembers, encodeMembers } from '../members';
import type { AppendEntriesReply, Message } from '../messages';

type Kind = Message['kind'];
type Envelope = Pick<Message, 'from' | 'to' | 'term'>;
type MessageOf<K extends Kind> = Extract<Message, { kind: K }>;

interface Codec<K extends Kind> {
  write(out: OctetWriter, message: MessageOf<K>): void;
  read(from: OctetReader, envelope: Envelope): MessageOf<K>;
}

function writeEntry(out: OctetWriter, { term, kind, data }: Entry): void {
  out.number(term);
  out.number(kind);
  out.octets(data);
}

function readEntry(from: OctetReader): Entry {
  return { term: from.number(), kind: from.number() as EntryKind, data: from.octets() };
}

/** A message's place in this table is its number: new ones go to the end. */
const CODECS: { readonly [K in Kind]: Codec<K> } = {
  appendEntries: {
    write: (out, { prevIndex, prevTerm, entries, commit, quiet }) => {
      out.flag(quiet === true);
      out.number(prevIndex);
      out.number(prevTerm);
      out.number(commit);
      out.number(entries.length);
      for (let i = 0; i < entries.length; i++) writeEntry(out, entries[i] as Entry);
    },
    read: (from, envelope) => {
      const quiet = from.flag();
      const prevIndex = from.number();
      const prevTerm = from.number();
      const commit = from.number();
      const entries = from.list(() => readEntry(from));
      const message = { kind: 'appendEntries', ...envelope, prevIndex, prevTerm, commit, entries } as const;
      return quiet ? { ...message, quiet } : message;
    },
  },
  appendEntriesReply: {
    write: (out, message) => {
      out.flag(message.success);
      if (message.success) {
        out.number(message.matchIndex);
        out.number(message.receivedIndex);
        out.flag(message.awake === true);
        return;
      }
      out.number(message.rejectedIndex);
      // One below the window of a new log.
      out.signed(message.hintIndex);
      out.signed(message.hintTerm);
    },
    read: (from, envelope): AppendEntriesReply => {
      const kind = 'appendEntriesReply';
      if (from.flag()) {
        const message = { kind, ...envelope, success: true, matchIndex: from.number(), receivedIndex: from.number() } as const;
        return from.flag() ? { ...message, awake: true } : message;
      }
      const rejectedIndex = from.number();
      return { kind, ...envelope, success: false, rejectedIndex, hintIndex: from.signed(), hintTerm: from.signed() };
    },
  },
  requestVote: {
    write: (out, { preVote, transfer, lastIndex, lastTerm }) => {
      out.flag(preVote);
      out.flag(transfer);
      out.number(lastIndex);
      out.number(lastTerm);
    },
    read: (from, envelope) => ({
      kind: 'requestVote',
      ...envelope,
      preVote: from.flag(),
      transfer: from.flag(),
      lastIndex: from.number(),
      lastTerm: from.number(),
    }),
  },
  requestVoteReply: {
    write: (out, { preVote, granted }) => {
      out.flag(preVote);
      out.flag(granted);
    },
    read: (from, envelope) => ({ kind: 'requestVoteReply', ...envelope, preVote: from.flag(), granted: from.flag() }),
  },
  installSnapshot: {
    write: (out, { index, indexTerm, members, offset, data, done }) => {
      out.number(index);
      out.number(indexTerm);
      out.octets(encodeMembers(members));
      out.number(offset);
      out.octets(data);
      out.flag(done);
    },
    read: (from, envelope) => ({
      kind: 'installSnapshot',
      ...envelope,
      index: from.number(),
      indexTerm: from.number(),
      members: decodeMembers(from.octets()),
      offset: from.number(),
      data: from.octets(),
      done: from.flag(),
    }),
  },
  installSnapshotReply: {
    write: (out, { index, offset }) => {
      out.number(index);
      out.number(offset);
    },
    read: (from, envelope) => ({ kind: 'installSnapshotReply', ...envelope, index: from.number(), offset: from.number() }),
  },
  timeoutNow: {
    write: () => {},
    read: (_from, envelope) => ({ kind: 'timeoutNow', ...envelope }),
  },
};

const KINDS = Object.keys(CODECS) as Kind[];
const NUMBER_OF = Object.fromEntries(KINDS.map((kind, i) => [kind, i])) as Record<Kind, number>;

export function writeMessage<K extends Kind>(out: OctetWriter, group: string, message: MessageOf<K>): void {
  const kind = message.kind as K;
  out.text(group);
  out.number(NUMBER_OF[kind]);
  out.text(suffixOf(message.from));
  out.text(suffixOf(message.to));
  out.number(message.term);
  (CODECS[kind] as Codec<K>).write(out, message);
}

/** `from` and `to` are nodes. What is read shares the octets. Throws RangeError if they are no messages. */
export function readMessages(
  bytes: OctetReader,
  from: string,
  to: string,
  found: (group: string, message: Message) => void,
): void {
  while (!bytes.done) {
    const group = bytes.text();
    const kind = KINDS[bytes.number()];
    if (kind === undefined) throw new RangeError('no such message of Raft');
    const envelope = { from: memberId(from, bytes.text()), to: memberId(to, bytes.text()), term: bytes.number() };
    found(group, CODECS[kind].read(bytes, envelope));
  }
}
