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
 */
import { sha256 } from '../broker/sha256';
import type { Address, Link, LinkHandler, Listener, Timer, World } from '../world/world';
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
/** Why a link is not needed: the one that the node itself has dialled is about to come up. */
const UNDER_WAY = 'the other link is under way';

type Done = (error: Error | null) => void;

export class Peers {
  private readonly linked = new Map<string, PeerLink>();
  /** Whoever waits for a node. `link` is null while the link that the node itself has dialled is awaited. */
  private readonly dialling = new Map<string, { link: PeerLink | null; waiting: Done[] }>();
  /** Accepted, name not proved yet. */
  private readonly strangers = new Set<PeerLink>();
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
        this.strangers.add(peer);
        return peer;
      },
      ready,
    );
    this.tick();
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
    this.dialling.set(name, { link, waiting: [done] });
    link.dial(address);
  }

  /** False if the node is not up: the message goes nowhere. */
  send(name: string, message: PeerMessage, body?: Buffer): boolean {
    const link = this.linked.get(name);
    link?.send(message, body);
    return link !== undefined;
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
    for (const link of [...this.linked.values(), ...this.strangers]) each(link);
    for (const { link } of this.dialling.values()) if (link !== null) each(link);
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
    this.strangers.delete(link);
    const under = this.dialling.get(name);
    this.dialling.delete(name);
    if (under !== undefined && under.link !== link) under.link?.cut();
    this.linked.set(name, link);
    this.events.up(name);
    for (const done of under?.waiting ?? []) done(null);
  }

  heard(name: string, message: PeerMessage, body: Buffer): void {
    if (!this.ended) this.events.message(name, message, body);
  }

  closed(name: string | null, link: PeerLink, reason: string): void {
    this.strangers.delete(link);
    if (name === null) return;
    if (this.linked.get(name) === link) {
      this.linked.delete(name);
      if (!this.ended) this.events.down(name, reason);
    }
    const under = this.dialling.get(name);
    if (under === undefined) return;
    if (under.link === link && reason === UNDER_WAY) under.link = null;
    else if (under.link === link || under.link === null) {
      this.dialling.delete(name);
      for (const done of under.waiting) done(new Error(reason));
    }
  }
}

class PeerLink implements LinkHandler {
  private link: Link | null;
  private readonly reader = new PeerFrameReader((message, body) => this.message(message, body));
  private readonly nonce: string;
  private expects: 'hello' | 'welcome' | 'proof' | 'linked' | 'messages';
  private heardAt: number;
  private reason = 'connection_closed';

  constructor(
    private readonly peers: Peers,
    link: Link | null,
    /** Whom we dialled; of an accepted link, whoever says hello. */
    private name: string | null,
  ) {
    this.link = link;
    this.expects = name === null ? 'hello' : 'welcome';
    const { random, clock } = peers.world;
    this.nonce = Buffer.from(random.bytes(16)).toString('hex');
    this.heardAt = clock.now();
  }

  dial(address: Address): void {
    this.link = this.peers.world.net.dial(address, this);
  }

  onOpen(): void {
    if (this.name !== null) this.send({ type: 'hello', from: this.peers.options.self, to: this.name, nonce: this.nonce });
  }

  onBytes(chunk: Buffer): void {
    this.heardAt = this.peers.world.clock.now();
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
    if (this.peers.world.clock.now() - this.heardAt > this.peers.tickTime) this.cut('net_tick_timeout');
    else this.send(TICK);
  }

  close(): void {
    this.link?.end();
  }

  cut(reason = this.reason): void {
    this.reason = reason;
    this.link?.abort();
  }

  private message(message: PeerMessage, body: Buffer): void {
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
      this.send({ type: 'no', why: refusal });
      this.close();
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
    if (proof === proofOf('dialler', this.peers.options.cookie, this.nonce)) {
      this.send({ type: 'linked' });
      this.linked();
    } else this.reject();
  }

  private linked(): void {
    this.expects = 'messages';
    this.peers.proved(this.name as string, this);
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
