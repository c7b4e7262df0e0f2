/** Members that went out of reach and came back while both sides ran: each goes its own way since, until one starts anew. */
import type { Log } from '../world/world';

export class Splits {
  private readonly from = new Set<string>();

  constructor(
    private readonly self: string,
    private readonly log: Log,
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
    return true;
  }

  /** Its application has stopped. */
  over(name: string): void {
    this.from.delete(name);
  }

  /** This node starts anew. */
  clear(): void {
    this.from.clear();
  }
}
