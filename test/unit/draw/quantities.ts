/** Series to plot: what the golden files and the gallery share. */
import type { PlotMark, PlotSeries } from '../../../lib/draw';

export interface Quantity {
  readonly title: string;
  readonly series: readonly PlotSeries[];
  readonly marks?: readonly PlotMark[];
}

/** A repeatable unsteadiness between -1 and 1. */
function wobble(i: number): number {
  return Math.sin(i * 12.9898) * Math.cos(i * 4.1414);
}

/** What is counted comes in whole numbers. */
function counted(name: string, unit: string, value: (second: number) => number, seconds = 60): PlotSeries {
  return line(name, unit, (second) => Math.round(value(second)), seconds);
}

function line(name: string, unit: string, value: (second: number) => number, seconds = 60): PlotSeries {
  return {
    name,
    unit,
    points: Array.from({ length: seconds + 1 }, (_, i) => [i * 1000, Math.round(value(i) * 10) / 10] as const),
  };
}

export const QUANTITIES: Readonly<Record<string, () => Quantity>> = {
  nothing: () => ({ title: 'Nothing yet', series: [] }),

  'one-point': () => ({ title: 'A single measurement', series: [{ name: 'billing', unit: 'messages', points: [[1200, 42]] }] }),

  depth: () => ({
    title: 'packer-2 dies: shipping falls behind',
    series: [counted('shipping', 'messages', (i) => (i < 30 ? 50 + 5 * wobble(i) : 50 + (i - 30) * 63 + 8 * wobble(i)))],
    marks: [{ at: 30_000, label: 'packer-2 killed', fault: true }],
  }),

  'depth-and-rates': () => ({
    title: 'packer-2 dies: more comes in than goes out',
    series: [
      counted('shipping', 'messages', (i) => (i < 30 ? 50 + 5 * wobble(i) : 50 + (i - 30) * 63)),
      line('publish', 'msg/s', (i) => 120 + 4 * wobble(i)),
      line('deliver', 'msg/s', (i) => (i < 30 ? 120 : 55) + 4 * wobble(i + 7)),
    ],
    marks: [
      { at: 30_000, label: 'packer-2 killed', fault: true },
      { at: 33_000, label: 'alarm: queue is deep' },
      { at: 58_000, label: 'somebody looks' },
    ],
  }),

  'three-units': () => ({
    title: 'Memory follows depth, and the publisher is blocked',
    series: [
      counted('jobs', 'messages', (i) => 1e6 * (1 - Math.exp(-i / 20))),
      line('rabbit1', 'MB', (i) => 80 + 250 * (1 - Math.exp(-i / 20))),
      counted('blocked publishers', 'connections', (i) => (i > 40 ? 3 : 0)),
    ],
  }),

  'small-multiples': () => ({
    title: 'Six queues, one of them grows',
    series: ['billing', 'audit', 'shipping', 'mail.eu', 'mail.us', 'returns'].map((name, q) =>
      counted(name, 'messages', (i) => (name === 'shipping' ? i * 30 : 20 + 10 * wobble(i + q * 50))),
    ),
    marks: [
      { at: 10_000, label: 'mail.eu restarted' },
      { at: 11_000, label: 'mail.us restarted' },
      { at: 44_000, label: 'billing frozen' },
    ],
  }),

  'four-plain': () => ({
    title: 'Four couriers, and nothing in their names',
    series: ['anna', 'bert', 'cleo', 'dora'].map((name, i) => counted(name, 'parcels', (second) => second * (i + 1) * 0.3)),
  }),

  'many-points': () => ({
    title: 'One spike in ten thousand points survives',
    series: [
      {
        name: 'latency',
        unit: 'ms',
        points: Array.from({ length: 10_000 }, (_, i) => [i, i === 7000 ? 90 : 5 + wobble(i)] as const),
      },
    ],
  }),

  'ends-early': () => ({
    title: 'Three couriers, two of them leave',
    series: [
      counted('early', 'parcels', (i) => i * 2, 20),
      counted('late', 'parcels', (i) => i * 1.8 + 3, 35),
      counted('always', 'parcels', (i) => i * 1.5, 60),
      counted('delivered', 'parcels', (i) => i * 1.4, 60),
    ],
    marks: [{ at: 20_000, label: 'early leaves' }],
  }),

  'below-zero': () => ({
    title: 'Net flow: what comes in less what goes out',
    series: [
      line('net', 'msg/s', (i) => 40 * Math.sin(i / 8)),
      line('drained', 'msg/s', () => -12.5),
      line('<b>&', 'msg/s', (i) => i / 100),
    ],
  }),
};
