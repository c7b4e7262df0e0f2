/**
 * The links between the nodes of a lab: a relay for each node and each other one that it may dial. Here they are cut, and held
 * while a node is paused.
 */
import type { Address } from '../world/world';
import type { NodeLinks } from './engine';
import { Relay } from './relay';

interface Line {
  readonly from: string;
  readonly to: string;
  readonly relay: Relay;
}

const HOST = '127.0.0.1';
const UNHEARD = { onBytes: () => undefined, onEnd: () => undefined };

export class RelayedLinks implements NodeLinks {
  private lines: readonly Line[] = [];

  /** `after` calls back in so many milliseconds of lab time; `nodename`: how `open` names a node of the lab. */
  constructor(
    private readonly after: (delayMs: number, fn: () => void) => void,
    private readonly nodename: (name: string) => string,
  ) {}

  /** `where`: the port at which a node listens for others. */
  async open(nodes: readonly string[], where: (node: string) => Address): Promise<void> {
    this.lines = nodes.flatMap((from) =>
      nodes
        .filter((to) => to !== from)
        .map((to) => {
          const relay = new Relay({ port: 0, upstream: () => where(to), after: this.after, tap: () => UNHEARD });
          return { from, to, relay };
        }),
    );
    await Promise.all(this.lines.map(({ relay }) => relay.open()));
  }

  /** Where `from` finds `to`; null if there is no such node. */
  address(from: string, to: string): Address | null {
    const line = this.lines.find((one) => one.from === from && one.to === to);
    return line === undefined ? null : { host: HOST, port: line.relay.port };
  }

  get moved(): number {
    return this.lines.reduce((sum, { relay }) => sum + relay.moved, 0);
  }

  get waiting(): number {
    return this.lines.reduce((sum, { relay }) => sum + relay.waiting, 0);
  }

  async cut(node: string, other: string): Promise<void> {
    for (const { relay } of this.between(node, other)) {
      relay.close();
      relay.reset(() => true);
    }
  }

  async heal(node: string, other: string): Promise<void> {
    await Promise.all(this.between(node, other).map(({ relay }) => relay.open()));
  }

  /** The node stands still: nothing reaches it, and nothing leaves it. */
  hold(node: string): void {
    for (const { relay } of this.of(node)) relay.hold(node);
  }

  release(node: string): void {
    for (const { relay } of this.of(node)) relay.release(node);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.lines.map(({ relay }) => relay.dispose()));
  }

  private of(name: string): Line[] {
    const node = this.nodename(name);
    return this.lines.filter(({ from, to }) => from === node || to === node);
  }

  private between(node: string, name: string): Line[] {
    const other = this.nodename(name);
    return this.of(node).filter(({ from, to }) => from === other || to === other);
  }
}
