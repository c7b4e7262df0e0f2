/** Node states over time: what the golden files and the gallery share. */
import type { TimelineLane, TimelineMark } from '../../../lib/draw';
import { nodeTimeline } from '../../../lib/draw/node-timeline';
import type { EventBody, TraceEvent } from '../../../lib/trace/events';

export interface Timeline {
  readonly title?: string;
  readonly lanes: readonly TimelineLane[];
  readonly marks: readonly TimelineMark[];
}

/** Events of the node, each at its second. */
function life(...list: ReadonlyArray<readonly [number, string, EventBody]>): TraceEvent[] {
  return list.map(([at, node, body], i) => ({ seq: i + 1, at: at * 1000, node, ...body }) as TraceEvent);
}

function command(line: string): EventBody {
  return { type: 'command', line, exitCode: 0 };
}

const queue = { vhost: '/', queue: 'orders' };

const LIFE: readonly TraceEvent[] = life(
  [0, 'rabbit1', { type: 'node.started' }],
  [0, 'rabbit2', { type: 'node.started' }],
  [0, 'rabbit3', { type: 'node.started' }],
  [4, '', command('rabbitmqctl -n rabbit2 stop_app')],
  [4, 'rabbit2', { type: 'node.stopped' }],
  [5, '', command('rabbitmqctl -n rabbit2 join_cluster rabbit1@localhost')],
  [5, 'rabbit2', { type: 'node.joined', kind: 'disc', members: ['rabbit1', 'rabbit2'] }],
  [8, '', command('rabbitmqctl -n rabbit2 start_app')],
  [8, 'rabbit2', { type: 'node.started' }],
  [9, 'rabbit3', { type: 'node.stopped' }],
  [12, 'rabbit3', { type: 'node.joined', kind: 'ram', members: ['rabbit1', 'rabbit2', 'rabbit3'] }],
  [14, 'rabbit3', { type: 'node.started' }],
  [15, '', command('rabbitmqctl -n rabbit1 cluster_status')],
  [20, 'rabbit1', { type: 'mirror.added', ...queue, mirror: 'rabbit2', synchronised: true }],
  [40, 'rabbit1', { type: 'node.killed' }],
  [40.1, 'rabbit2', { type: 'link.down', peer: 'rabbit1' }],
  [40.2, 'rabbit2', { type: 'queue.promoted', ...queue, from: 'rabbit1', synchronised: true, lost: 0 }],
  [40.2, 'rabbit2', { type: 'queue.promoted', ...queue, queue: 'stock', from: 'rabbit1', synchronised: true, lost: 0 }],
  [40.2, 'rabbit2', { type: 'queue.promoted', ...queue, queue: 'audit', from: 'rabbit1', synchronised: true, lost: 0 }],
  [41, 'rabbit3', { type: 'raft.elected', ...queue, queue: 'bills', term: 2 }],
  [58, 'rabbit1', { type: 'node.started' }],
  [59, 'rabbit2', { type: 'mirror.synchronised', ...queue, mirror: 'rabbit1', messages: 107 }],
  [70, 'rabbit1', { type: 'fault', fault: 'cut', target: 'rabbit3' }],
  [72, 'rabbit1', { type: 'link.down', peer: 'rabbit3' }],
  [72, 'rabbit3', { type: 'link.down', peer: 'rabbit1' }],
  [80, 'rabbit3', { type: 'minority.paused' }],
  [95, 'rabbit1', { type: 'healed', fault: 'cut', target: 'rabbit3' }],
  [96, 'rabbit3', { type: 'minority.resumed' }],
  [96, 'rabbit3', { type: 'link.up', peer: 'rabbit1' }],
  [96, 'rabbit1', { type: 'link.up', peer: 'rabbit3' }],
  [110, 'rabbit3', { type: 'node.stopped' }],
  [112, 'rabbit1', { type: 'node.paused' }],
  [118, 'rabbit1', { type: 'node.resumed' }],
  [122, 'rabbit3', { type: 'node.waiting', members: ['rabbit1', 'rabbit2'] }],
  [140, 'rabbit3', { type: 'node.failed', text: 'Timeout contacting cluster nodes' }],
);

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

  'from-trace': () => ({ title: 'What three nodes went through', ...nodeTimeline(LIFE, { until: 150_000 }) }),

  'from-trace-since': () => nodeTimeline(LIFE, { until: 150_000, from: 62_000 }),

  'long-wait': () => ({
    title: 'How long does a node wait for the one that stopped last?',
    ...nodeTimeline(
      life(
        [0, 'rabbit1', { type: 'node.started' }],
        [0, 'rabbit2', { type: 'node.started' }],
        [8, '', command('rabbitmqctl -n rabbit1 stop')],
        [8, 'rabbit1', { type: 'node.stopped' }],
        [14, 'rabbit2', { type: 'node.killed' }],
        [20, 'rabbit1', { type: 'node.waiting', members: ['rabbit2'] }],
        [625.5, 'rabbit1', { type: 'node.failed', text: 'Timeout contacting cluster nodes' }],
        [640, '', command('rabbitmqctl -n rabbit1 force_boot')],
        [642, 'rabbit1', { type: 'node.started' }],
      ),
      { until: 650_000 },
    ),
  }),

  'crowded-marks': () => ({
    lanes: [{ name: 'rabbit1', spans: [{ from: 0, to: 10_000, state: 'running' }] }],
    marks: Array.from({ length: 20 }, (_, i) => ({
      at: 3_000 + 40 * i,
      label: i % 3 === 0 ? `rabbitmqctl -n rabbit1 stop_app # ${i}` : `orders-${i}: rabbit1 promoted`,
      lane: 'rabbit1',
      happened: i % 3 !== 0,
    })),
  }),
};
