/** The network between clients and the nodes of a lab: one relay before each node, and the faults that can be put on them. */
import type { TraceSink } from '../trace/sink';
import type { Duration, LabFaults } from './api';
import { milliseconds } from './duration';
import type { NodeLinks, Traffic } from './engine';
import { HELD } from './lab-node';
import type { Relay } from './relay';
import type { RelayLine } from './relay-line';

interface CutLink {
  readonly node: string;
  readonly other: string;
  readonly links: NodeLinks;
}

export class LabNetwork implements LabFaults, Traffic {
  private readonly relays = new Map<string, Relay>();
  /** Relays that stand before those of the nodes, for captures. */
  private readonly outer = new Set<Relay>();
  /** Faults to undo: fault and node. */
  private readonly faults = new Map<string, { readonly fault: string; readonly node: string }>();
  /** Links between nodes that are cut. */
  private readonly cutLinks = new Map<string, CutLink>();

  constructor(private readonly trace: TraceSink) {}

  add(node: string, relay: Relay): void {
    this.relays.set(node, relay);
  }

  addOuter(relay: Relay): void {
    this.outer.add(relay);
  }

  /** The relay of a node; throws if there is no such node. */
  relay(node: string): Relay {
    const relay = this.relays.get(node);
    if (relay !== undefined) return relay;
    throw new Error(`There is no node '${node}' in this lab; its nodes are ${[...this.relays.keys()].join(', ')}.`);
  }

  get moved(): number {
    return this.all.reduce((sum, relay) => sum + relay.moved, 0);
  }

  get waiting(): number {
    return this.all.reduce((sum, relay) => sum + relay.waiting, 0);
  }

  get clientPorts(): readonly number[] {
    return this.all.flatMap((relay) => [...relay.lines].map((line) => line.clientPort));
  }

  async cut(node: string): Promise<void> {
    this.relay(node).hold(HELD.cut);
    this.happened('cut', node);
  }

  /** Cuts the link between two nodes of a cluster. */
  async cutLink(node: string, other: string, links: NodeLinks | undefined): Promise<void> {
    if (links === undefined) throw new Error("The links between these nodes are not the lab's to cut.");
    if (node === other) throw new Error(`${node} has no link to itself; name two nodes.`);
    const key = [node, other].sort().join(' ');
    if (this.cutLinks.has(key)) return;
    await links.cut(node, other);
    this.cutLinks.set(key, { node, other, links });
    this.trace.emit(node, { type: 'fault', fault: 'cut', target: other });
  }

  async latency(node: string, delay: Duration): Promise<void> {
    const ms = milliseconds(delay);
    this.relay(node).delay(ms);
    if (ms > 0) this.happened('latency', node);
    else this.healed('latency', node);
  }

  async heal(): Promise<void> {
    for (const { fault, node } of [...this.faults.values()]) {
      const relay = this.relay(node);
      if (fault === 'cut') relay.release(HELD.cut);
      else relay.delay(0);
      this.healed(fault, node);
    }
    // At one moment, as they were cut: a node that reaches one of two others is half of a partition still.
    await Promise.all([...this.cutLinks].map(([key, cut]) => this.healLink(key, cut)));
  }

  async loseConnections(match?: string | RegExp): Promise<number> {
    let count = 0;
    for (const [node, relay] of this.relays) {
      count += relay.reset((line) => {
        const name = matchedName(line, match);
        if (name !== null) this.trace.emit(node, { type: 'fault', fault: 'connection lost', target: name });
        return name !== null;
      });
    }
    return count;
  }

  /** Takes every fault from the lines without a word: the lab ends. */
  letPass(): void {
    for (const relay of this.all) {
      for (const reason of Object.values(HELD)) relay.release(reason);
      relay.delay(0);
    }
  }

  /** Resolves when no client is connected any more, or after so long. */
  async ended(limitMs: number): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (this.clientPorts.length > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.all.map((relay) => relay.dispose()));
  }

  private get all(): Relay[] {
    return [...this.relays.values(), ...this.outer];
  }

  private async healLink(key: string, { node, other, links }: CutLink): Promise<void> {
    await links.heal(node, other);
    this.cutLinks.delete(key);
    this.trace.emit(node, { type: 'healed', fault: 'cut', target: other });
  }

  private happened(fault: string, node: string): void {
    this.faults.set(`${fault} ${node}`, { fault, node });
    this.trace.emit(node, { type: 'fault', fault, target: node });
  }

  private healed(fault: string, node: string): void {
    if (this.faults.delete(`${fault} ${node}`)) this.trace.emit(node, { type: 'healed', fault, target: node });
  }
}

/** The name of a connection that is meant, or null: a text must be one of its names, an expression may match in any. */
function matchedName(line: RelayLine, match: string | RegExp | undefined): string | null {
  const names = [line.clientName, line.nodeSideName, line.clientSideName].filter((name) => name !== '');
  const [first = ''] = names;
  if (match === undefined) return first;
  const meant = typeof match === 'string' ? names.includes(match) : names.some((name) => name.search(match) >= 0);
  return meant ? first : null;
}
