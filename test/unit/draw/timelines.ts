/** Node states over time: what the golden files and the gallery share. */
import type { TimelineLane, TimelineMark } from '../../../lib/draw';

export interface Timeline {
  readonly title?: string;
  readonly lanes: readonly TimelineLane[];
  readonly marks: readonly TimelineMark[];
}

export const TIMELINES: Readonly<Record<string, () => Timeline>> = {
  nothing: () => ({ lanes: [], marks: [] }),

  recovery: () => ({
    title: 'Why A waits: start order after a full stop',
    lanes: [
      {
        name: 'A',
        spans: [
          { from: 0, to: 20_000, state: 'running' },
          { from: 20_000, to: 28_000, state: 'partitioned' },
          { from: 28_000, to: 40_000, state: 'running' },
          { from: 40_000, to: 80_000, state: 'stopped' },
          { from: 80_000, to: 110_000, state: 'waiting' },
          { from: 110_000, to: 140_000, state: 'running' },
        ],
      },
      {
        name: 'B',
        spans: [
          { from: 0, to: 20_000, state: 'running' },
          { from: 20_000, to: 28_000, state: 'partitioned' },
          { from: 28_000, to: 60_000, state: 'running' },
          { from: 60_000, to: 110_000, state: 'dead' },
          { from: 110_000, to: 130_000, state: 'running' },
          { from: 130_000, to: 140_000, state: 'paused' },
        ],
      },
    ],
    marks: [
      { at: 20_000, label: "lab.cut('A', 'B')" },
      { at: 28_000, label: 'lab.heal()' },
      { at: 40_000, label: 'rabbitmqctl -n A stop', lane: 'A' },
      { at: 60_000, label: "lab.node('B').kill()", lane: 'B' },
      { at: 80_000, label: 'rabbitmq-server -detached', lane: 'A' },
      { at: 110_000, label: 'rabbitmq-server -detached', lane: 'B' },
    ],
  }),
};
