/**
 * The links of one node to the others: at most one for each pair, made by whoever needs it first, used by both. A link is up
 * once each side has proved that it knows the cookie, and down when it closes or has been silent for the tick time (RabbitMQ:
 * net_ticktime).
 *
 *   dialler                      acceptor
 *   hello (name, nonce)   ──▶
 *                         ◀──    welcome (nonce, proof for the dialler's)   or  no (why)
 *   proof (for the other) ──▶    up
 *   up                    ◀──    linked
 *
 * Until then the other side is a stranger, who may be anybody: it gets little time, little memory, and few at a time get in.
 */
import { sha256 } from '../../broker/sha256';
import type { Address, Link, LinkHandler, Listener, Timer, World } from '../../world/world';
import { PeerFrameReader, type PeerMessage, writePeerMessage } from './peer-frames';

export interface PeerOptions {
  /** `rabbit1@localhost` */
  readonly self: string;
  readonly cookie: string;
  /** Where a node listens for others; null if nobody of that name is known. */
  addressOf(name: string): Address | null;
  /** Milliseconds of silence after which a node counts as down; default 60,000. */
  readonly tickTime?: number;
}

export interface PeerEvents {
  up(name: string): void;
  /** `reason`: as RabbitMQ's log would have it. */
  down(name: string, reason: string): void;
  message(from: string, message: PeerMessage, body: Buffer): void;
}

/** Ticks in a tick time (Erlang sends four). */
const TICKS = 4;
const TICK: PeerMessage = { type: 'tick' };
/** Milliseconds that a handshake may take, from the dial or the accept on (Erlang: net_setuptime). */
const SETUP_TIME = 7000;
/**
 * Accepted links at a time whose names are not proved. For one more the oldest is dropped: a node proves itself within a round
 * trip or two, so the oldest is the least likely to be one. Were the new one refused, whoever holds so many idle links would
 * keep all nodes out.
 */
const STRANGERS_MAX = 64;
const TOO_LATE = 'handshake timed out';
const CLOSED = 'connection_closed';
/** Why a link is not needed: the one that the node itself has dialled is about to come up. */
const UNDER_WAY = 'the other link is under way';

type Done = (error: Error | null) => void;

interface Dialling {
  /** Null while the link that the node itself has dialled is awaited. */
  link: PeerLink | null;
  readonly waiting: Done[];
  /** Ends the wait, whichever of the two links it is for. */
  readonly limit: Timer;
}

export class Peers {
  private readonly linked = new Map<string, PeerLink>();
  /** Whoever waits for a node, by its name. */
  private readonly dialling = new Map<string, Dialling>();
  /** Accepted, name not proved yet; the oldest first, each with the end of its time. At most STRANGERS_MAX. */
  private readonly strangers = new Map<PeerLink, Timer>();
  private listener: Listener | null = null;
  private ticks: Timer | null = null;
  private ended = false;

  constructor(
    readonly world: World,
    readonly options: PeerOptions,
    private readonly events: PeerEvents,
  ) {}

  get tickTime(): number {
    return this.options.tickTime ?? 60000;
  }

  /** Names of the nodes that are up. */
  get up(): readonly string[] {
    return [...this.linked.keys()];
  }

  isUp(name: string): boolean {
    return this.linked.has(name);
  }

  listen(at: Address, ready: (error: Error | null, bound: Address | null) => void): void {
    this.listener = this.world.net.listen(
      at,
      (link) => {
        const peer = new PeerLink(this, link, null);
        this.admit(peer);
        return peer;
      },
      ready,
    );
  }

  /** Calls `done` once the node is up, or cannot be reached. */
  connect(name: string, done: Done): void {
    if (this.linked.has(name)) {
      done(null);
      return;
    }
    const under = this.dialling.get(name);
    if (under !== undefined) {
      under.waiting.push(done);
      return;
    }
    const address = this.options.addressOf(name);
    if (address === null) {
      done(new Error(`nobody knows where ${name} is`));
      return;
    }
    const link = new PeerLink(this, null, name);
    const limit = this.world.clock.after(SETUP_TIME, () => {
      this.answer(name, new Error(TOO_LATE));
      link.cut(TOO_LATE);
    });
    this.dialling.set(name, { link, waiting: [done], limit });
    link.dial(address);
  }

  /** False if the node is not up: the message goes nowhere. */
  send(name: string, message: PeerMessage, body?: Buffer): boolean {
    const link = this.linked.get(name);
    link?.send(message, body);
    return link !== undefined;
  }

  /** The link with a node goes at once, if there is one. */
  drop(name: string, reason: string): void {
    this.linked.get(name)?.cut(reason);
  }

  /** Nothing is said any more; the others see the links close. */
  close(done: () => void): void {
    this.end((link) => link.close());
    if (this.listener === null) done();
    else this.listener.close(done);
  }

  kill(): void {
    this.end((link) => link.cut());
    this.listener?.close(() => undefined);
  }

  private end(each: (link: PeerLink) => void): void {
    this.ended = true;
    this.ticks?.cancel();
    for (const link of [...this.linked.values(), ...this.strangers.keys()]) each(link);
    for (const [name, { link }] of [...this.dialling]) {
      if (link === null) this.answer(name, new Error(CLOSED));
      else each(link);
    }
  }

  private admit(stranger: PeerLink): void {
    const [oldest] = this.strangers.keys();
    if (oldest !== undefined && this.strangers.size >= STRANGERS_MAX) {
      this.dismiss(oldest);
      oldest.cut('too many strangers');
    }
    this.strangers.set(
      stranger,
      this.world.clock.after(SETUP_TIME, () => stranger.cut(TOO_LATE)),
    );
  }

  /** False if it was no stranger. */
  private dismiss(link: PeerLink): boolean {
    this.strangers.get(link)?.cancel();
    return this.strangers.delete(link);
  }

  /** Tells whoever waits for the node how it ended. */
  private answer(name: string, error: Error | null): void {
    const under = this.dialling.get(name);
    if (under === undefined) return;
    this.dialling.delete(name);
    under.limit.cancel();
    for (const done of under.waiting) done(error);
  }

  private tick(): void {
    this.ticks = this.world.clock.after(this.tickTime / TICKS, () => {
      for (const link of [...this.linked.values()]) link.tick();
      this.tick();
    });
  }

  // --- what links tell ---

  /** Null: this link may become the one with `name`; otherwise why not. */
  refuses(name: string): string | null {
    if (this.linked.has(name)) return 'linked already';
    // Both dialled: the link of the lower name stays.
    if (this.dialling.has(name) && this.options.self < name) return UNDER_WAY;
    return null;
  }

  proved(name: string, link: PeerLink): void {
    this.dismiss(link);
    const dialled = this.dialling.get(name)?.link;
    if (dialled !== link) dialled?.cut();
    this.linked.set(name, link);
    if (this.ticks === null) this.tick();
    this.events.up(name);
    this.answer(name, null);
  }

  heard(name: string, message: PeerMessage, body: Buffer): void {
    if (!this.ended) this.events.message(name, message, body);
  }

  closed(name: string | null, link: PeerLink, reason: string): void {
    const stranger = this.dismiss(link);
    if (name === null) return;
    if (this.linked.get(name) === link) {
      this.linked.delete(name);
      if (!this.ended) this.events.down(name, reason);
    }
    const under = this.dialling.get(name);
    if (under === undefined) return;
    if (under.link === link && reason === UNDER_WAY) under.link = null;
    else if (under.link === link || (stranger && under.link === null)) this.answer(name, new Error(reason));
  }
}

class PeerLink implements LinkHandler {
  /** Null before the dial, and once the link is cut or closed: then nothing is said, and nothing heard. */
  private link: Link | null;
  private readonly reader = new PeerFrameReader((message, body) => this.message(message, body));
  private readonly nonce: string;
  private expects: 'hello' | 'welcome' | 'proof' | 'linked' | 'messages';
  /** Ticks of this node since the other was heard. A node that stood still has not ticked, and listens first when it goes on. */
  private silence = 0;
  private reason = CLOSED;

  constructor(
    private readonly peers: Peers,
    link: Link | null,
    /** Whom we dialled; of an accepted link, whoever says hello. */
    private name: string | null,
  ) {
    this.link = link;
    this.expects = name === null ? 'hello' : 'welcome';
    this.nonce = Buffer.from(peers.world.random.bytes(16)).toString('hex');
  }

  dial(address: Address): void {
    this.link = this.peers.world.net.dial(address, this);
  }

  onOpen(): void {
    if (this.name !== null) this.send({ type: 'hello', from: this.peers.options.self, to: this.name, nonce: this.nonce });
  }

  onBytes(chunk: Buffer): void {
    this.silence = 0;
    try {
      this.reader.read(chunk);
    } catch (error) {
      this.cut(`nonsense from the peer: ${(error as Error).message}`);
    }
  }

  onDrain(): void {}

  onClose(): void {
    this.link = null;
    this.peers.closed(this.name, this, this.reason);
  }

  send(message: PeerMessage, body?: Buffer): void {
    if (this.link !== null) writePeerMessage(this.link, message, body);
  }

  tick(): void {
    // More than a whole tick time, wherever in a quarter of it the other was heard last.
    if (++this.silence > TICKS) this.giveUp();
    else this.send(TICK);
  }

  close(): void {
    this.link?.end();
  }

  cut(reason = this.reason): void {
    this.leave(reason)?.abort();
  }

  /** What is under way may still be heard by a node that goes on after all (RabbitMQ). */
  private giveUp(): void {
    this.leave('net_tick_timeout')?.release();
  }

  private leave(reason: string): Link | null {
    const { link } = this;
    if (link !== null) this.reason = reason;
    this.link = null;
    return link;
  }

  private message(message: PeerMessage, body: Buffer): void {
    if (this.link === null) return;
    if (this.expects === 'messages') {
      if (message.type !== TICK.type) this.peers.heard(this.name as string, message, body);
    } else if (message.type === 'no') this.cut(String(message.why));
    else if (message.type === this.expects) this[this.expects](message);
    else this.reject();
  }

  private hello({ from, to, nonce }: PeerMessage): void {
    const { self, cookie } = this.peers.options;
    const refusal = to === self ? this.peers.refuses(String(from)) : `this is ${self}`;
    if (refusal !== null) {
      this.refuse(refusal);
      return;
    }
    this.name = String(from);
    this.expects = 'proof';
    this.send({ type: 'welcome', nonce: this.nonce, proof: proofOf('acceptor', cookie, String(nonce)) });
  }

  private welcome({ nonce, proof }: PeerMessage): void {
    const { cookie } = this.peers.options;
    if (proof === proofOf('acceptor', cookie, this.nonce)) {
      this.expects = 'linked';
      this.send({ type: 'proof', proof: proofOf('dialler', cookie, String(nonce)) });
    } else this.reject();
  }

  private proof({ proof }: PeerMessage): void {
    if (proof !== proofOf('dialler', this.peers.options.cookie, this.nonce)) {
      this.reject();
      return;
    }
    // Since the hello another link may have come up, or have been dialled from here.
    const refusal = this.peers.refuses(this.name as string);
    if (refusal === null) {
      this.send({ type: 'linked' });
      this.linked();
    } else this.refuse(refusal);
  }

  private linked(): void {
    this.expects = 'messages';
    this.reader.trust();
    this.peers.proved(this.name as string, this);
  }

  private refuse(why: string): void {
    this.send({ type: 'no', why });
    this.close();
  }

  private reject(): void {
    this.peers.world.log.write('error', `Connection attempt from node ${this.name} rejected. Invalid challenge reply.`);
    this.cut('invalid challenge reply');
  }
}

/** Each side proves with a word of its own, so that a proof heard from one is none for the other. */
function proofOf(side: 'dialler' | 'acceptor', cookie: string, nonce: string): string {
  return Buffer.from(sha256(Buffer.from(`${side}:${cookie}:${nonce}`, 'utf8'))).toString('hex');
}
