/** Random clusters for properties: any copies on any nodes, and a trace of them that makes no sense. */
import fc from 'fast-check';
import type { EventBody, TraceEvent } from '../../../lib/trace/events';
import type { NodeSnapshot, QueueSnapshot, Snapshot } from '../../../lib/trace/snapshot';
import { name, snapshots, traces } from './random-brokers';

const flags = fc.array(fc.nat(1000), { minLength: 24, maxLength: 24 });

/** Two to seven nodes, of which some are in one cluster; queues have mirrors or members there, now and then nonsense. */
export const clusters: fc.Arbitrary<Snapshot> = fc
  .tuple(snapshots, flags, fc.uniqueArray(name, { minLength: 2, maxLength: 7 }))
  .map(([snapshot, numbers, names]) => {
    const roll = (i: number): number => numbers[i % numbers.length] as number;
    const pick = (i: number): string => names[roll(i) % names.length] as string;
    const nodes = names.map(
      (node, i): NodeSnapshot => ({
        name: node,
        state: (['running', 'running', 'running', 'killed', 'stopped', 'paused'] as const)[roll(i) % 6] as NodeSnapshot['state'],
        cluster: roll(i + 1) % 5 === 0 ? `${roll(i + 2) % 2}` : 'one',
        kind: roll(i + 3) % 2 === 0 ? 'disc' : 'ram',
        ...(roll(i + 4) % 4 === 0 ? { partitionedFrom: [pick(i + 5)] } : {}),
      }),
    );
    const queues = snapshot.queues.map((queue, i): QueueSnapshot => {
      const home = pick(i);
      const others = names.filter((node, j) => node !== home && roll(i + j) % 3 > 0);
      const down = roll(i + 7) % 5 === 0 ? ({ state: 'down' } as const) : {};
      if (roll(i + 1) % 3 === 0) {
        const mirrors = others.map((node, j) => ({ node, synchronised: roll(i + j + 2) % 2 === 0 }));
        return { ...queue, kind: 'mirrored', node: home, mirrors, ...down };
      }
      if (roll(i + 1) % 3 === 1) {
        const members = [home, ...others].map((node, j) => ({ node, online: roll(i + j + 3) % 4 > 0 }));
        return { ...queue, kind: 'quorum', node: home, members, leader: roll(i + 5) % 4 === 0 ? null : home };
      }
      return { ...queue, node: home, ...down };
    });
    // On two sides of a partition each may have a queue of that name.
    const twice =
      queues.length > 0 && nodes.length <= 5 && roll(11) % 3 === 0 ? [{ ...(queues[0] as QueueSnapshot), node: pick(12) }] : [];
    const connections = snapshot.connections.map((connection, i) => ({ ...connection, node: pick(i + 13) }));
    return { ...snapshot, nodes, queues: [...queues, ...twice], connections };
  });

const node = fc.constantFrom('rabbit1', 'rabbit2', 'rabbit3');
const about = { vhost: fc.constant('/'), queue: fc.oneof(fc.constantFrom('orders', 'billing'), name) };
const message = fc.record({ message: fc.nat(9), label: fc.oneof(fc.constantFrom('m-1', 'm-2', 'm-17'), name) });

const happenings: fc.Arbitrary<EventBody> = fc.oneof(
  fc.record({ type: fc.constant('node.joined'), kind: fc.constantFrom('disc', 'ram'), members: fc.array(node) }),
  fc.record({ type: fc.constant('node.forgotten'), member: node, offline: fc.boolean() }),
  fc.record({ type: fc.constant('node.waiting'), members: fc.array(node) }),
  fc.record({ type: fc.constant('node.failed'), text: name }),
  fc.record({ type: fc.constantFrom('node.started', 'node.stopped', 'node.killed', 'partition.healed', 'minority.paused') }),
  fc.record({ type: fc.constantFrom('link.down', 'link.up'), peer: node }),
  fc.record({ type: fc.constant('partition.seen'), peers: fc.array(node) }),
  fc.record({ type: fc.constant('autoheal'), winners: fc.array(node), losers: fc.array(node) }),
  fc.record({
    ...{ type: fc.constant('queue.promoted'), ...about, from: node, synchronised: fc.boolean() },
    lost: fc.option(fc.nat()),
  }),
  fc.record({ type: fc.constant('raft.elected'), ...about, term: fc.nat() }),
  fc.record({ type: fc.constant('mirror.synchronised'), ...about, mirror: node, messages: fc.nat() }),
  fc.record({ type: fc.constant('mirror.dropped'), ...about, mirror: node, reason: fc.constantFrom('node-down', 'policy') }),
  fc.record({
    ...{ type: fc.constant('messages.lost'), ...about, reason: fc.constant('promotion'), count: fc.nat() },
    messages: fc.array(message, { maxLength: 9 }),
  }),
  message.chain((ref) =>
    fc.record({ type: fc.constantFrom('forwarded', 'replicated'), ...about, to: node }).map((body) => ({ ...body, ...ref })),
  ),
) as fc.Arbitrary<EventBody>;

/** What happens between nodes, among what happens everywhere; time runs forward. */
export const clusterTraces: fc.Arbitrary<readonly TraceEvent[]> = fc
  .tuple(traces, fc.array(fc.tuple(happenings, node, fc.nat(20_000)), { maxLength: 40 }))
  .map(([events, between]) => {
    const told = between.map(([body, at, time]) => ({ seq: 0, at: time, node: at, ...body }) as TraceEvent);
    return [...events, ...told].sort((a, b) => a.at - b.at).map((event, i) => ({ ...event, seq: i + 1 }));
  });
