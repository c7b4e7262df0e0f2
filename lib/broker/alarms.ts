/**
 * The resource alarms in effect: those of this node, and those that other nodes of its cluster have told of. Publishers are
 * blocked on every node as long as one of them is low on something (RabbitMQ).
 */
export type Resource = 'memory' | 'disk';

export class Alarms {
  /** What publishers are told, or null. Asked for every message. */
  text: string | null = null;
  /** Told of each change of this node's own. */
  onChange: (() => void) | null = null;
  private readonly here = new Set<Resource>();
  private readonly elsewhere = new Map<string, readonly Resource[]>();

  constructor(private readonly cleared: () => void) {}

  /** Of this node. */
  get own(): readonly Resource[] {
    return [...this.here].sort();
  }

  set(resource: Resource, on: boolean): void {
    if (on) this.here.add(resource);
    else this.here.delete(resource);
    this.onChange?.();
    this.changed();
  }

  /** Of another node; none once it is gone. */
  setOf(node: string, resources: readonly Resource[]): void {
    this.elsewhere.set(node, resources);
    this.changed();
  }

  private changed(): void {
    const all = new Set([...this.here, ...[...this.elsewhere.values()].flat()]);
    this.text = all.size === 0 ? null : `low on ${[...all].sort().join(' & ')}`;
    if (this.text === null) this.cleared();
  }
}
