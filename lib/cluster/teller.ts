/** Tells what happens between nodes, as events of the node that sees it. */
import type { BrokerOptions } from '../broker/api';
import type { EventBody } from '../trace/events';
import { type TraceSink, NO_TRACE } from '../trace/sink';

export class Teller {
  private readonly trace: TraceSink;
  private readonly own: string;

  constructor({ trace = NO_TRACE, nodeName }: Pick<BrokerOptions, 'trace' | 'nodeName'>) {
    this.trace = trace;
    this.own = nodeName;
  }

  tell(event: EventBody): void {
    if (this.trace.active) this.trace.emit(this.own, event);
  }

  /** What events call a node. */
  shown(node: string): string {
    return shownLike(this.own, node);
  }

  allShown(nodes: readonly string[]): string[] {
    return nodes.map((node) => this.shown(node));
  }
}

/** Another node is called in the form in which this one is: with its host, or without. */
export function shownLike(own: string, node: string): string {
  return own.includes('@') ? node : (node.split('@')[0] as string);
}
