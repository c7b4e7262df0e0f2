/** The trace as a notebook sees it: the log, with durations in words and a limit to waiting. */
import type { EventOf, EventType, TraceEvent } from '../trace/events';
import type { TraceLog } from '../trace/trace-log';
import type { Duration, LabTrace } from './api';
import { inWords, milliseconds } from './duration';

const PATIENCE: Duration = '5s';
/** So many of the last events are named when a wait was in vain. */
const TOLD_EVENTS = 5;

export class TraceView implements LabTrace {
  constructor(private readonly log: TraceLog) {}

  get events(): readonly TraceEvent[] {
    return this.log.events;
  }

  of<T extends EventType>(type: T): EventOf<T>[] {
    return this.log.of(type);
  }

  async waitFor(match: (event: TraceEvent) => boolean, timeout: Duration = PATIENCE): Promise<TraceEvent> {
    const limitMs = milliseconds(timeout);
    const { event, cancel } = this.log.waitFor(match);
    const timer = setTimeout(() => {
      const last = this.log.events.slice(-TOLD_EVENTS).map(({ type }) => type);
      const seen = last.length === 0 ? 'The trace is empty.' : `The last events were: ${last.join(', ')}.`;
      cancel(new Error(`Nothing that was waited for happened within ${inWords(limitMs)}. ${seen}`));
    }, limitMs);
    try {
      return await event;
    } finally {
      clearTimeout(timer);
    }
  }

  clear(): void {
    this.log.clear();
  }

  note(text: string): void {
    this.log.note(text);
  }

  on(listener: (event: TraceEvent) => void): () => void {
    return this.log.on(listener);
  }
}
