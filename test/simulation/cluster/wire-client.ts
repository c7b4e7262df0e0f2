/** A client in frames, without promises: connects to any node, does what its kind does, and goes elsewhere when it is cut off. */
import { tableOf } from '../../../lib/amqp/field-table';
import type { Method } from '../../../lib/amqp/methods';
import type { SeededRandom } from '../../../lib/world/random';
import type { SimHost, SimWorld } from '../../../lib/world/sim';
import { RawClient } from '../storage/raw-client';
import type { History } from './history';
import { pick } from './plan';

/** Seconds, so that a node gives up a client that it cannot reach. */
export const HEARTBEAT = 4;
/** Lab milliseconds without an answer after which a client tries its luck elsewhere. */
const CONNECT_PATIENCE = 4000;
const PATIENCE = 15000;
/** At most so long before it connects again. */
const BREATH = 600;
const CAPABILITIES = ['consumer_cancel_notify', 'publisher_confirms', 'basic.nack', 'connection.blocked'];
const PROPERTIES = tableOf({ capabilities: Object.fromEntries(CAPABILITIES.map((name) => [name, true])) });

/** What a node may say to a client that does nothing wrong: going down, and a home or a queue that is not there now. */
const EXPECTED: ReadonlySet<number> = new Set([320, 404]);

export interface ClientSettings {
  readonly sim: SimWorld;
  /** Its host. */
  readonly name: string;
  readonly nodes: readonly string[];
  readonly random: SeededRandom;
  readonly history: History;
  /** Lab milliseconds between two deeds, on average. */
  readonly pace: number;
}

export abstract class WireClient {
  protected wire: RawClient | null = null;
  protected readonly host: SimHost;
  protected readonly random: SeededRandom;
  protected readonly history: History;
  /** Ended: begins nothing new. */
  protected ending = false;
  /** Lab time since when something is not answered; null: nothing is. */
  private unansweredSince: number | null = null;
  private openedAt = 0;
  /** To which it is connected, or was last. */
  private node = '';
  /** Connections so far. */
  connections = 0;

  constructor(protected readonly settings: ClientSettings) {
    this.host = settings.sim.host(settings.name);
    this.random = settings.random;
    this.history = settings.history;
    this.later();
  }

  /** What was begun is finished, and no more. */
  end(): void {
    this.ending = true;
  }

  /** All that it asked was answered. */
  get quiet(): boolean {
    return this.wire === null || (this.wire.ready && this.pending === 0);
  }

  get waitsFor(): string {
    return `${this.settings.name} on ${this.node} for ${this.pending} answers`;
  }

  close(): void {
    this.ending = true;
    this.wire?.abort();
    this.wire = null;
  }

  /** Requests that wait for their answer. */
  protected abstract readonly pending: number;
  /** The channel is open. */
  protected abstract begin(wire: RawClient): void;
  protected abstract act(wire: RawClient): void;
  protected abstract heard(wire: RawClient, method: Method, body: Buffer): void;
  /** The connection is gone, with all that was not answered. */
  protected abstract lost(): void;

  private later(): void {
    const { clock } = this.host;
    clock.after(2 * this.settings.pace * this.random.float(), () => {
      if (this.ending && this.wire === null) return;
      this.step();
      this.later();
    });
  }

  private step(): void {
    const { wire } = this;
    const now = this.host.clock.now();
    if (wire === null) {
      if (now >= this.openedAt) this.connect();
      return;
    }
    if (!wire.ready) {
      if (now - this.openedAt > CONNECT_PATIENCE) this.giveUp(wire);
      return;
    }
    if (this.pending === 0) this.unansweredSince = null;
    else this.unansweredSince ??= now;
    if (this.ending) return;
    if (this.unansweredSince !== null && now - this.unansweredSince > PATIENCE) this.giveUp(wire);
    else this.act(wire);
  }

  private connect(): void {
    this.openedAt = this.host.clock.now();
    this.connections++;
    const heard = (_channel: number, method: Method, body: Buffer): void => {
      if (this.wire === wire) this.said(wire, method, body);
    };
    const onClosed = (): void => {
      if (this.wire === wire) this.gone();
    };
    this.node = pick(this.random, this.settings.nodes);
    const wire: RawClient = new RawClient(this.host, this.node, 1, heard, {
      heartbeat: HEARTBEAT,
      properties: PROPERTIES,
      onClosed,
    });
    this.wire = wire;
  }

  private said(wire: RawClient, method: Method, body: Buffer): void {
    if (method.name === 'channel.open-ok') this.begin(wire);
    else if (method.name === 'channel.close' || method.name === 'connection.close') {
      const { replyCode, replyText } = method.args;
      if (!EXPECTED.has(replyCode)) this.history.breaks(`${this.settings.name} was told: ${replyCode} ${replyText}`);
      if (method.name === 'channel.close') this.refused(replyText);
      this.giveUp(wire);
    } else if (method.name === 'connection.blocked') this.history.seen.blocked++;
    // A publisher that nobody reads again waits for its confirms for ever, and that is seen.
    else if (method.name !== 'connection.unblocked') this.heard(wire, method, body);
  }

  /** The broker refused what was asked last; `_why`: what it said. */
  protected refused(_why: string): void {}

  private giveUp(wire: RawClient): void {
    wire.abort();
    this.gone();
  }

  private gone(): void {
    this.wire = null;
    this.unansweredSince = null;
    this.openedAt = this.host.clock.now() + BREATH * this.random.float();
    this.lost();
  }
}
