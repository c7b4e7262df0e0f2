/** Members that went out of reach and came back while both sides ran: each goes its own way since, until one starts anew. */
import type { Log } from '../../world/world';
import type { Teller } from '../teller';

export class Splits {
  private readonly from = new Set<string>();

  constructor(
    private readonly self: string,
    private readonly log: Log,
    private readonly teller: Teller,
  ) {}

  get names(): readonly string[] {
    return [...this.from];
  }

  /** Another member runs that this node has not seen start. True if that is news. */
  met(name: string): boolean {
    if (this.from.has(name)) return false;
    this.from.add(name);
    const text = `** ERROR ** mnesia_event got {inconsistent_database, running_partitioned_network, '${name}'}`;
    this.log.write('error', `Mnesia('${this.self}'): ${text}`);
    this.teller.tell({ type: 'partition.seen', peers: this.teller.allShown(this.names) });
    return true;
  }

  /** Its application has stopped. */
  over(name: string): void {
    if (this.from.delete(name) && this.from.size === 0) this.teller.tell({ type: 'partition.healed' });
  }

  /** This node starts anew. */
  clear(): void {
    if (this.from.size > 0) this.teller.tell({ type: 'partition.healed' });
    this.from.clear();
  }
}
