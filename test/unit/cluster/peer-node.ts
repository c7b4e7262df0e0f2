/** Nodes with links on the simulated network, and programs that only claim to be nodes. */
import { strict as assert } from 'node:assert';
import { NO_BODY, PeerFrameReader, type PeerMessage, writePeerMessage } from '../../../lib/cluster/links/peer-frames';
import { Peers } from '../../../lib/cluster/links/peers';
import { SimWorld } from '../../../lib/world/sim';
import type { Link, LinkHandler } from '../../../lib/world/world';

export const PORT = 25672;

/** A node on a host of its own, with a diary of what its links told. */
export class Node {
  readonly diary: string[] = [];
  readonly peers: Peers;

  /** `greeting`: body of a message to whoever comes up. */
  constructor(sim: SimWorld, name: string, { cookie = 'crumbs', tickTime = 60000, greeting = NO_BODY } = {}) {
    const host = sim.host(name);
    const addressOf = (other: string) => (other.startsWith('lost') ? null : { host: other, port: PORT });
    this.peers = new Peers(
      host,
      { self: name, cookie, addressOf, tickTime },
      {
        up: (other) => {
          this.diary.push(`${other} up`);
          if (greeting.length > 0) this.peers.send(other, { type: 'greeting' }, greeting);
        },
        down: (other, reason) => this.diary.push(`${other} down: ${reason}`),
        message: (from, message, body) => this.diary.push(`${from}: ${JSON.stringify(message)} ${body.toString()}`.trim()),
      },
    );
    this.peers.listen({ host: '0.0.0.0', port: PORT }, (error) => assert.equal(error, null));
  }

  connect(name: string): void {
    this.peers.connect(name, (error) => this.diary.push(error === null ? `reached ${name}` : `no ${name}: ${error.message}`));
  }
}

export function pair(seed = 1, options = {}): [SimWorld, Node, Node] {
  const sim = new SimWorld(seed);
  return [sim, new Node(sim, 'a', options), new Node(sim, 'b', options)];
}

/** Says what it was told to, once the link is open, and then only listens. */
export class Impostor implements LinkHandler {
  /** Types of messages. */
  readonly heard: string[] = [];
  closedAt: number | null = null;
  private link: Link | null = null;
  private readonly reader = new PeerFrameReader(({ type }) => this.heard.push(type));

  private constructor(
    private readonly sim: SimWorld,
    private readonly speak: (link: Link) => void,
  ) {}

  /** One that calls `a`. */
  static calls(sim: SimWorld, speak: (link: Link) => void = () => undefined): Impostor {
    const impostor = new Impostor(sim, speak);
    impostor.link = sim.host('mallory').net.dial({ host: 'a', port: PORT }, impostor);
    return impostor;
  }

  /** One that takes a call where `name` should be. */
  static answers(sim: SimWorld, name: string, speak: (link: Link) => void = () => undefined): Impostor {
    const impostor = new Impostor(sim, speak);
    const accept = (link: Link): LinkHandler => {
      impostor.link = link;
      return impostor;
    };
    sim.host(name).net.listen({ host: '0.0.0.0', port: PORT }, accept, (error) => assert.equal(error, null));
    return impostor;
  }

  onOpen(): void {
    this.speak(this.link as Link);
  }

  onBytes(chunk: Buffer): void {
    this.reader.read(chunk);
  }

  onDrain(): void {}

  onClose(): void {
    this.closedAt = this.sim.now;
  }
}

/** For an impostor: these messages, in one piece. */
export function saying(...messages: readonly PeerMessage[]): (link: Link) => void {
  return (link) => {
    for (const message of messages) writePeerMessage(link, message);
  };
}
