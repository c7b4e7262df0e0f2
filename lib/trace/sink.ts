/** Where the engine puts its events. The hot path asks `active` first: without a listener an event costs one comparison. */
import type { EventBody } from './events';

export interface TraceSink {
  /** False while nobody listens; then `emit` need not be called. */
  readonly active: boolean;
  emit(node: string, event: EventBody): void;
  /** A number for a message that is published now, unique within the sink, from 1. */
  nextMessage(): number;
}

/** The sink of a broker that nobody watches. */
export const NO_TRACE: TraceSink = { active: false, emit: () => undefined, nextMessage: () => 0 };
