/**
 * What nodes tell each other about quorum queues, beside Raft: requests of channels to the leader, and what it has for them. All
 * that one turn has for a node leaves in one message at its end: for each item its kind (1), the group, then its fields.
 */
import type { Turn } from '../../world/world';
import type { PeerMessage } from '../links/peer-frames';
import { OctetReader, OctetWriter } from './machine/octets';
import type { RoleName } from '../raft/effects';

interface Items {
  // --- to the leader ---
  /**
   * `number`: grows by one from request to request of a client; those that came already are not taken again, and none before
   * those in front of it. `first`: the client's first one that is not done yet. `command`: encoded, but for its time.
   * `rejected`: a return by the client's wish, not by its end.
   */
  request: { readonly number: number; readonly first: number; readonly rejected: boolean; readonly command: Buffer };
  /** Deliveries to a consumer from this one on may have been missed. */
  resume: { readonly consumer: number; readonly from: number };
  count: { readonly call: number };
  // --- from the leader ---
  /** All requests up to this one are in the log for good, and done. */
  applied: { readonly number: number };
  opened: { readonly key: string; readonly session: number; readonly refused: boolean };
  missed: { readonly expected: number };
  refuse: { readonly refuse: boolean };
  subscribed: { readonly tag: string; readonly consumer: number };
  /**
   * To one consumer, one after the other. `delivery`: number of the first. `again`: the answer to `resume`; what comes by itself
   * until `resumed` is part of it, too.
   */
  deliver: {
    readonly consumer: number;
    readonly delivery: number;
    readonly again: boolean;
    readonly messages: readonly Delivered[];
  };
  /** The consumer's next delivery; null if there is no such consumer. */
  resumed: { readonly consumer: number; readonly next: number | null };
  /** `tag`: of the `get`. */
  got: {
    readonly tag: string;
    readonly consumer: number;
    readonly delivery: number;
    readonly returns: number;
    readonly ready: number;
    readonly message: Buffer;
  };
  gotNothing: { readonly tag: string; readonly single: boolean };
  purged: { readonly messages: number };
  counted: { readonly call: number; readonly messages: number; readonly consumers: number };
  /** Those of these sessions that are of other lives of that node are to be closed. */
  recheck: { readonly sessions: ReadonlyArray<{ readonly number: number; readonly key: string }> };
  /** Sent to every node: this one leads, and has all that was done before. `members`: ids. */
  leads: { readonly term: number; readonly members: readonly string[] };
  /** What was asked of this node is not done: it does not lead. */
  leadsNot: Record<never, never>;
  // --- to a member that is to be ---
  found: { readonly members: readonly string[] };
  join: { readonly member: string };
  leave: Record<never, never>;
  // --- for the tools ---
  /** To the leader. `node`: who is to become a member, to be none any more, or to lead. */
  change: { readonly call: number; readonly what: MemberChange; readonly node: string };
  /** `refusal`: empty if it is done. */
  changed: { readonly call: number; readonly refusal: string };
  status: { readonly call: number };
  statusIs: { readonly call: number; readonly status: MemberStatus };
  /** Nothing of the queue runs here. */
  statusNone: { readonly call: number };
}

/** A message that a consumer gets, and how often it came back before. */
export interface Delivered {
  readonly returns: number;
  readonly octets: Buffer;
}

export type MemberChange = 'add' | 'remove' | 'transfer';

export interface MemberStatus {
  readonly role: RoleName;
  readonly lastIndex: number;
  readonly commitIndex: number;
  readonly snapshotIndex: number;
  readonly term: number;
}

type Kind = keyof Items;
/** An item of this kind. */
export type ItemOf<K extends Kind> = { readonly do: K } & Items[K];
export type Item = { [K in Kind]: ItemOf<K> }[Kind];

interface Codec<K extends Kind> {
  write(out: OctetWriter, item: Items[K]): void;
  read(from: OctetReader): Items[K];
}

const NOTHING = { write: () => {}, read: () => ({}) };

function texts(out: OctetWriter, values: readonly string[]): void {
  out.list(values, values.length, (value) => out.text(value));
}

/** An item's place in this table is its number: new ones go to the end. */
const CODECS: { readonly [K in Kind]: Codec<K> } = {
  request: {
    write: (out, { number, first, rejected, command }) => {
      out.number(number);
      out.number(first);
      out.flag(rejected);
      out.octets(command);
    },
    read: (from) => ({ number: from.number(), first: from.number(), rejected: from.flag(), command: from.octets() }),
  },
  resume: {
    write: (out, { consumer, from }) => {
      out.number(consumer);
      out.number(from);
    },
    read: (from) => ({ consumer: from.number(), from: from.number() }),
  },
  count: {
    write: (out, { call }) => out.number(call),
    read: (from) => ({ call: from.number() }),
  },
  applied: {
    write: (out, { number }) => out.number(number),
    read: (from) => ({ number: from.number() }),
  },
  opened: {
    write: (out, { key, session, refused }) => {
      out.text(key);
      out.number(session);
      out.flag(refused);
    },
    read: (from) => ({ key: from.text(), session: from.number(), refused: from.flag() }),
  },
  missed: {
    write: (out, { expected }) => out.number(expected),
    read: (from) => ({ expected: from.number() }),
  },
  refuse: {
    write: (out, { refuse }) => out.flag(refuse),
    read: (from) => ({ refuse: from.flag() }),
  },
  subscribed: {
    write: (out, { tag, consumer }) => {
      out.text(tag);
      out.number(consumer);
    },
    read: (from) => ({ tag: from.text(), consumer: from.number() }),
  },
  deliver: {
    write: (out, { consumer, delivery, again, messages }) => {
      out.number(consumer);
      out.number(delivery);
      out.flag(again);
      out.list(messages, messages.length, ({ returns, octets }) => {
        out.number(returns);
        out.octets(octets);
      });
    },
    read: (from) => ({
      consumer: from.number(),
      delivery: from.number(),
      again: from.flag(),
      messages: from.list(() => ({ returns: from.number(), octets: from.octets() })),
    }),
  },
  resumed: {
    write: (out, { consumer, next }) => {
      out.number(consumer);
      out.optional(next);
    },
    read: (from) => ({ consumer: from.number(), next: from.optional() }),
  },
  got: {
    write: (out, { tag, consumer, delivery, returns, ready, message }) => {
      out.text(tag);
      out.number(consumer);
      out.number(delivery);
      out.number(returns);
      out.number(ready);
      out.octets(message);
    },
    read: (from) => ({
      tag: from.text(),
      consumer: from.number(),
      delivery: from.number(),
      returns: from.number(),
      ready: from.number(),
      message: from.octets(),
    }),
  },
  gotNothing: {
    write: (out, { tag, single }) => {
      out.text(tag);
      out.flag(single);
    },
    read: (from) => ({ tag: from.text(), single: from.flag() }),
  },
  purged: {
    write: (out, { messages }) => out.number(messages),
    read: (from) => ({ messages: from.number() }),
  },
  counted: {
    write: (out, { call, messages, consumers }) => {
      out.number(call);
      out.number(messages);
      out.number(consumers);
    },
    read: (from) => ({ call: from.number(), messages: from.number(), consumers: from.number() }),
  },
  recheck: {
    write: (out, { sessions }) =>
      out.list(sessions, sessions.length, ({ number, key }) => {
        out.number(number);
        out.text(key);
      }),
    read: (from) => ({ sessions: from.list(() => ({ number: from.number(), key: from.text() })) }),
  },
  leads: {
    write: (out, { term, members }) => {
      out.number(term);
      texts(out, members);
    },
    read: (from) => ({ term: from.number(), members: from.list(() => from.text()) }),
  },
  leadsNot: NOTHING,
  found: {
    write: (out, { members }) => texts(out, members),
    read: (from) => ({ members: from.list(() => from.text()) }),
  },
  join: {
    write: (out, { member }) => out.text(member),
    read: (from) => ({ member: from.text() }),
  },
  leave: NOTHING,
  change: {
    write: (out, { call, what, node }) => {
      out.number(call);
      out.text(what);
      out.text(node);
    },
    read: (from) => ({ call: from.number(), what: from.text() as MemberChange, node: from.text() }),
  },
  changed: {
    write: (out, { call, refusal }) => {
      out.number(call);
      out.text(refusal);
    },
    read: (from) => ({ call: from.number(), refusal: from.text() }),
  },
  status: {
    write: (out, { call }) => out.number(call),
    read: (from) => ({ call: from.number() }),
  },
  statusIs: {
    write: (out, { call, status }) => {
      out.number(call);
      out.text(status.role);
      out.number(status.lastIndex);
      out.number(status.commitIndex);
      out.number(status.snapshotIndex);
      out.number(status.term);
    },
    read: (from) => ({
      call: from.number(),
      status: {
        role: from.text() as RoleName,
        lastIndex: from.number(),
        commitIndex: from.number(),
        snapshotIndex: from.number(),
        term: from.number(),
      },
    }),
  },
  statusNone: {
    write: (out, { call }) => out.number(call),
    read: (from) => ({ call: from.number() }),
  },
};

const KINDS = Object.keys(CODECS) as Kind[];
const NUMBER_OF = Object.fromEntries(KINDS.map((kind, i) => [kind, i])) as Record<Kind, number>;
const MESSAGE: PeerMessage = { type: 'raft.items' };

export interface QuorumWireHost {
  readonly self: string;
  send(to: string, message: PeerMessage, body: Buffer): void;
}

export class QuorumWire {
  private readonly outboxes = new Map<string, OctetWriter>();
  private armed = false;

  constructor(
    private readonly host: QuorumWireHost,
    private readonly turn: Turn,
    /** What a node has for itself is handled at once. */
    private readonly heard: (from: string, group: string, item: Item) => void,
  ) {}

  send<K extends Kind>(to: string, group: string, item: ItemOf<K>): void {
    if (to === this.host.self) {
      this.heard(to, group, item as Item);
      return;
    }
    let outbox = this.outboxes.get(to);
    if (outbox === undefined) {
      outbox = new OctetWriter();
      this.outboxes.set(to, outbox);
    }
    outbox.number(NUMBER_OF[item.do]);
    outbox.text(group);
    (CODECS[item.do] as Codec<K>).write(outbox, item);
    if (this.armed) return;
    this.armed = true;
    this.turn.atEnd(this.flush);
  }

  private readonly flush = (): void => {
    this.armed = false;
    for (const [node, outbox] of this.outboxes) if (!outbox.empty) this.host.send(node, MESSAGE, outbox.take());
  };

  /** Throws RangeError if these are no items. What is read shares the octets. */
  receive(from: string, body: Buffer): void {
    const reader = new OctetReader(body);
    while (!reader.done) {
      const kind = KINDS[reader.number()];
      if (kind === undefined) throw new RangeError('no such item of a quorum queue');
      const group = reader.text();
      this.heard(from, group, { do: kind, ...CODECS[kind].read(reader) } as Item);
    }
  }

  nodeDown(name: string): void {
    this.outboxes.delete(name);
  }
}
