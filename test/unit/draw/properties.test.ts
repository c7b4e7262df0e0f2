/** What holds for every picture of every broker, not only for the samples. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { figure } from '../../../lib/draw/frame';
import { sceneOfPlot } from '../../../lib/draw/plot';
import { sceneOfSequence } from '../../../lib/draw/sequence';
import { MOST_LANES, lanesOf, namesIn } from '../../../lib/draw/sequence-lanes';
import { MOST_ROWS, stepsIn } from '../../../lib/draw/sequence-rows';
import { sceneOfCluster } from '../../../lib/draw/cluster';
import { isCluster } from '../../../lib/draw/cluster-model';
import { nodeTimeline } from '../../../lib/draw/node-timeline';
import { sceneOfTimeline } from '../../../lib/draw/timeline';
import { sceneOf, sceneOfTopology } from '../../../lib/draw/topology';
import { visible } from '../../../lib/draw/words';
import type { Snapshot } from '../../../lib/trace/snapshot';
import { checkGeometry, checkMarkup } from './pictures';
import { clusters, clusterTraces } from './random-clusters';
import { plots, snapshots, traces } from './random-brokers';

const RUNS = { numRuns: Number(process.env.WARREN_RUNS ?? 150) };

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function shuffled<T>(list: readonly T[]): T[] {
  return [...list].reverse();
}

describe('pictures of any broker', function () {
  this.timeout(60_000);

  it('topology: well-formed, harmless, small, nothing overlaps', () => {
    fc.assert(
      fc.property(
        snapshots,
        fc.option(traces, { nil: undefined }),
        fc.option(fc.constantFrom('m-1', 'm-17'), { nil: undefined }),
        fc.boolean(),
        fc.option(fc.nat(60_000), { nil: undefined }),
        (snapshot, recent, follow, predeclared, lastSeen) => {
          const { scene, frame } = sceneOfTopology(snapshot, { recent, follow, predeclared, lastSeen });
          const html = figure(scene, frame);
          checkMarkup(html);
          checkGeometry(scene, html);
        },
      ),
      RUNS,
    );
  });

  it('topology: what is shown and what is folded add up to what there is', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const { topology } = sceneOfTopology(snapshot);
        assert.equal(sum(topology.queues.map((item) => item.count)), snapshot.queues.length);
        assert.equal(sum(topology.queues.map((item) => item.ready)), sum(snapshot.queues.map((queue) => queue.ready)));
        assert.equal(sum(topology.queues.map((item) => item.unacked)), sum(snapshot.queues.map((queue) => queue.unacked)));
        if (!topology.rows) assert.equal(sum(topology.consumers.map((item) => item.count)), snapshot.consumers.length);
        if (!topology.rows)
          assert.equal(
            sum(topology.consumers.map((item) => item.unacked)),
            sum(snapshot.consumers.map((consumer) => consumer.unacked)),
          );
        const own = snapshot.exchanges.filter(({ name }) => name !== '' && !name.startsWith('amq.'));
        assert.ok(sum(topology.exchanges.map((item) => item.count)) >= own.length);
        const consuming = new Set(snapshot.consumers.map((consumer) => `${consumer.connection}#${consumer.channel}`));
        const clients = snapshot.connections.flatMap((connection) =>
          connection.channels.length === 0
            ? [connection.connection]
            : connection.channels
                .filter((channel) => channel.published > 0 || !consuming.has(`${connection.connection}#${channel.channel}`))
                .map(() => ''),
        );
        assert.equal(sum(topology.clients.map((item) => item.count)), clients.length);
      }),
      RUNS,
    );
  });

  it('topology: the picture does not depend on the order in which the broker lists things', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const other: Snapshot = {
          ...snapshot,
          connections: shuffled(snapshot.connections),
          exchanges: shuffled(snapshot.exchanges),
          queues: shuffled(snapshot.queues),
          bindings: shuffled(snapshot.bindings),
          consumers: shuffled(snapshot.consumers),
        };
        const html = ({ scene, frame }: ReturnType<typeof sceneOfTopology>): string => figure(scene, frame);
        assert.ok(html(sceneOfTopology(other)) === html(sceneOfTopology(snapshot)), 'two lists in another order, two pictures');
      }),
      RUNS,
    );
  });

  it('cluster: well-formed, harmless, small, nothing overlaps', () => {
    fc.assert(
      fc.property(
        clusters,
        fc.option(clusterTraces, { nil: undefined }),
        fc.option(fc.constantFrom('m-1', 'm-17'), { nil: undefined }),
        fc.option(fc.nat(60_000), { nil: undefined }),
        (snapshot, recent, follow, lastSeen) => {
          const { scene, frame } = sceneOf(snapshot, { recent, follow, lastSeen });
          const html = figure(scene, frame);
          checkMarkup(html);
          checkGeometry(scene, html);
        },
      ),
      RUNS,
    );
  });

  it('cluster: every queue and every client is in the picture or in its table', () => {
    fc.assert(
      fc.property(clusters, (snapshot) => {
        if (!isCluster(snapshot)) return;
        const { picture, frame } = sceneOfCluster(snapshot);
        assert.deepEqual(new Set(picture.rows.map(({ queue }) => queue)), new Set(snapshot.queues.map(({ name }) => name)));
        const { publishers, consumers } = picture.clients;
        assert.equal(sum(consumers.map((box) => box.count)), snapshot.consumers.length);
        assert.equal(sum(publishers.map((box) => box.count)), picture.clients.unfolded.publishers.length);
        const cells = new Set(frame.table.rows.flat());
        for (const { queue } of picture.rows) assert.ok(cells.has(visible(queue)), `${queue} is not in the table`);
      }),
      RUNS,
    );
  });

  it('timeline from a trace: well-formed, harmless, small, nothing overlaps, no state twice in a row', () => {
    fc.assert(
      fc.property(clusterTraces, fc.nat(30_000), (events, from) => {
        const { lanes, marks } = nodeTimeline(events, { until: 30_000, from });
        const { scene, frame } = sceneOfTimeline(lanes, marks);
        const html = figure(scene, frame);
        checkMarkup(html);
        checkGeometry(scene, html);
        for (const { spans } of lanes)
          for (const [i, span] of spans.entries()) {
            assert.ok(span.from >= from && span.to > span.from);
            const next = spans[i + 1];
            assert.ok(next === undefined || next.from > span.to || (next.from === span.to && next.state !== span.state));
          }
      }),
      RUNS,
    );
  });

  it('sequence: well-formed, harmless, small, nothing overlaps, at most 16 rows and 6 lanes', () => {
    fc.assert(
      fc.property(
        fc.oneof(traces, clusterTraces),
        fc.option(fc.constantFrom('m-1', 'm-17'), { nil: undefined }),
        (events, follow) => {
          const { scene, frame, rows, steps } = sceneOfSequence(events, { follow });
          const html = figure(scene, frame);
          checkMarkup(html);
          checkGeometry(scene, html);
          assert.ok(rows.filter((row) => row.kind !== 'pause').length <= MOST_ROWS);
          assert.deepEqual(
            rows.flatMap((row) => stepsIn(row)).map((step) => step.seq),
            steps.map((step) => step.seq),
            'each step is in one row',
          );
          assert.ok(lanesOf(steps, steps, namesIn(events)).lanes.length <= MOST_LANES);
        },
      ),
      RUNS,
    );
  });

  it('plot: well-formed, harmless, small, nothing overlaps', () => {
    fc.assert(
      fc.property(plots, ({ series, marks }) => {
        const { scene, frame } = sceneOfPlot('Any', series, marks);
        const html = figure(scene, frame);
        checkMarkup(html);
        checkGeometry(scene, html);
      }),
      RUNS,
    );
  });
});
