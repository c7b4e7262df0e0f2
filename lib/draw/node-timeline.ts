/** The timeline of the nodes of a lab, read from its trace. */
import type { TraceEvent } from '../trace/events';
import { nodeMarks } from './node-marks';
import { nodeLanes } from './node-states';
import { drawTimeline, type TimelineLane, type TimelineMark } from './timeline';

export interface NodeTimelineOptions {
  readonly title?: string;
  /** Lab milliseconds at which the picture ends. */
  readonly until: number;
  /** Only what happened from this lab time on; default: all. */
  readonly from?: number;
  /** Nodes that run now; those of which no event tells ran all the time. */
  readonly running?: readonly string[];
}

/** Draws what each node was doing when, and what was done to it, as the trace tells. All events go along with `from`. */
export function drawNodeTimeline(events: readonly TraceEvent[], options: NodeTimelineOptions): string {
  const { lanes, marks } = nodeTimeline(events, options);
  return drawTimeline(lanes, marks, options);
}

/** What happens to several queues within this share of the picture's time, and within so many milliseconds, is one mark. */
const TOGETHER = 0.02;
const TOGETHER_MS = 1000;

export function nodeTimeline(
  events: readonly TraceEvent[],
  { until, from = 0, running = [] }: NodeTimelineOptions,
): { lanes: TimelineLane[]; marks: TimelineMark[] } {
  const span = until - Math.max(from, events[0]?.at ?? 0);
  const marks = nodeMarks(events, Math.min(span * TOGETHER, TOGETHER_MS)).filter((mark) => mark.at >= from);
  return { lanes: nodeLanes(events, { until, from, running }), marks };
}
