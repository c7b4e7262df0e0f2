/** What clients of a node that is killed again and again were promised, and whether what is found keeps it. */

export interface Sent {
  readonly id: number;
  readonly persistent: boolean;
  confirmed: boolean;
  /** An acknowledgement was sent: it need not come back, and if it does it is called redelivered. */
  acknowledged: boolean;
}

export interface Seen {
  readonly id: number;
  readonly redelivered: boolean;
}

export class Ledger {
  published = 0;
  confirmed = 0;
  acknowledged = 0;
  cameBack = 0;
  /** By queue, in the order of publishing. Each queue has one publisher at a time. */
  private readonly queues = new Map<string, Map<number, Sent>>();
  /** Of those in `queues`: how many are acknowledged. */
  private readonly settled = new Map<string, number>();
  private nextId = 1;

  get names(): string[] {
    return [...this.queues.keys()];
  }

  /** A queue was declared, and the node said so. */
  declared(queue: string): void {
    if (!this.queues.has(queue)) this.queues.set(queue, new Map());
  }

  deleted(queue: string): void {
    this.queues.delete(queue);
    this.settled.delete(queue);
  }

  /** Messages of the queue that nobody has acknowledged. */
  waiting(queue: string): number {
    return (this.queues.get(queue)?.size ?? 0) - (this.settled.get(queue) ?? 0);
  }

  publish(queue: string, persistent: boolean): Sent {
    const sent = { id: this.nextId++, persistent, confirmed: false, acknowledged: false };
    this.queues.get(queue)?.set(sent.id, sent);
    this.published++;
    return sent;
  }

  confirm(sent: Sent): void {
    sent.confirmed = true;
    this.confirmed++;
  }

  /** The client is about to acknowledge it. Throws if it was never published here. */
  acknowledge(queue: string, id: number): void {
    const sent = this.queues.get(queue)?.get(id);
    if (sent === undefined) throw new Error(`${queue}: message ${id} was never published, or was gone already`);
    if (!sent.acknowledged) this.settled.set(queue, (this.settled.get(queue) ?? 0) + 1);
    sent.acknowledged = true;
    this.acknowledged++;
  }

  /** Everything that a new node has in a queue, in order. Throws on a broken promise. */
  check(queue: string, seen: readonly Seen[]): void {
    const sent = this.queues.get(queue) as Map<number, Sent>;
    const here = new Map<number, Sent>();
    let last = 0;
    for (const { id, redelivered } of seen) {
      const one = sent.get(id);
      if (one === undefined) throw new Error(`${queue}: message ${id} was never published, or was gone already`);
      if (id === last) throw new Error(`${queue}: message ${id} is there twice`);
      if (id < last) throw new Error(`${queue}: message ${id} comes behind ${last}`);
      if (!one.persistent) throw new Error(`${queue}: message ${id} is transient and outlived the node`);
      if (one.acknowledged && !redelivered) {
        throw new Error(`${queue}: message ${id} was acknowledged and came back, not even as redelivered`);
      }
      if (one.acknowledged) this.cameBack++;
      last = id;
      here.set(id, { ...one, confirmed: true, acknowledged: false });
    }
    for (const { id, confirmed, persistent, acknowledged } of sent.values()) {
      if (confirmed && persistent && !acknowledged && !here.has(id))
        throw new Error(`${queue}: message ${id} was confirmed and is lost`);
    }
    this.queues.set(queue, here);
    this.settled.set(queue, 0);
  }
}
