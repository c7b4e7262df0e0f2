/** What a leader has for consumers: what one command brings, or `resume` asks for, goes to each consumer as one item. */
import type { DeliverEffect } from './machine/effects';
import type { Delivered, Item } from './quorum-wire';

/** Invariant: the deliveries follow each other without a gap. */
interface Run {
  readonly node: string;
  readonly consumer: number;
  readonly delivery: number;
  readonly again: boolean;
  readonly messages: Delivered[];
}

export class QuorumDeliveries {
  /** By consumer. */
  private readonly runs = new Map<number, Run>();
  private last: Run | null = null;

  constructor(private readonly host: { send(to: string, item: Item): void }) {}

  /** `node`: of the consumer. `again`: as in quorum-wire.ts. */
  add(node: string, { consumer, delivery, returns }: DeliverEffect, octets: Buffer, again: boolean): void {
    let run = this.last?.consumer === consumer ? this.last : this.runs.get(consumer);
    if (run === undefined || delivery !== run.delivery + run.messages.length) {
      if (run !== undefined) this.tell(run);
      run = { node, consumer, delivery, again, messages: [] };
      this.runs.set(consumer, run);
    }
    this.last = run;
    run.messages.push({ returns, octets });
  }

  send(): void {
    if (this.last === null) return;
    this.last = null;
    const runs = [...this.runs.values()];
    this.runs.clear();
    for (const run of runs) this.tell(run);
  }

  private tell({ node, consumer, delivery, again, messages }: Run): void {
    this.host.send(node, { do: 'deliver', consumer, delivery, again, messages });
  }
}
