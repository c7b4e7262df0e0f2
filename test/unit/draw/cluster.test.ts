/** What the picture of a cluster says about each copy, about who is connected where, and about what was lost. */
import assert from 'node:assert/strict';
import type { ClusterPicture } from '../../../lib/draw/cluster-items';
import { clusterPicture, isCluster } from '../../../lib/draw/cluster-model';
import { clusterLines } from '../../../lib/draw/cluster-lines';
import { layoutCluster } from '../../../lib/draw/cluster-layout';
import { labelWords } from '../../../lib/draw/loss';
import type { EventBody, TraceEvent } from '../../../lib/trace/events';
import { drawTopology } from '../../../lib/draw';
import type { TopologyOptions } from '../../../lib/draw';
import { BROKERS } from './brokers';
import type { Broker } from './broker-parts';

function pictured(name: string, change: (made: Broker) => Partial<Broker> = () => ({})): ClusterPicture {
  const made = (BROKERS[name] as () => Broker)();
  const broker: Broker = { ...made, ...change(made) };
  return clusterPicture(broker.snapshot, broker as TopologyOptions);
}

/** `rabbit1: leader` of each copy of a queue. */
function copies(picture: ClusterPicture, queue: string): string[] {
  const row = picture.rows.find((candidate) => candidate.queue === queue);
  return (row?.copies ?? []).map(({ node, words }) => `${node}: ${words}`);
}

function kinds(picture: ClusterPicture): string[] {
  return clusterLines(picture, layoutCluster(picture))
    .map(({ kind }) => kind)
    .sort();
}

describe('the picture of a cluster', () => {
  it('is drawn where nodes are in clusters, and only there', () => {
    const { snapshot } = (BROKERS['cluster-before'] as () => Broker)();
    assert.ok(isCluster(snapshot));
    const strangers = { ...snapshot, nodes: snapshot.nodes.map(({ name, state }) => ({ name, state })) };
    assert.ok(!isCluster(strangers));
    assert.ok(isCluster({ ...strangers, queues: strangers.queues.flatMap((queue) => [queue, { ...queue, node: 'rabbit3' }]) }));
    assert.ok(!isCluster({ ...snapshot, nodes: snapshot.nodes.slice(0, 1) }));
    assert.match(drawTopology(snapshot), /quorum follower/);
  });

  it('names the leader, mirrors in and out of sync, and members of a quorum', () => {
    const picture = pictured('cluster-before');
    assert.deepEqual(copies(picture, 'orders'), ['rabbit1: leader', 'rabbit2: mirror, in sync', 'rabbit3: mirror, not in sync']);
    assert.deepEqual(copies(picture, 'stock'), [
      'rabbit1: quorum leader, term 4',
      'rabbit2: quorum follower',
      'rabbit3: quorum follower',
    ]);
  });

  it('knows how much a copy in sync holds, and of one that is not only how much it should', () => {
    const row = pictured('cluster-before').rows.find(({ queue }) => queue === 'orders');
    assert.deepEqual(
      row?.copies.map(({ ready, unacked, of }) => [ready, unacked, of]),
      [
        [107, 3, undefined],
        [110, 0, undefined],
        [undefined, 0, 110],
      ],
    );
  });

  it('shows the leader that is gone in its room, with what died there', () => {
    const picture = pictured('cluster-after');
    assert.deepEqual(copies(picture, 'orders'), [
      'rabbit2: leader, promoted',
      'rabbit3: mirror, not in sync',
      'rabbit1: was leader',
    ]);
    const ghost = picture.rows.find(({ queue }) => queue === 'orders')?.copies.find(({ node }) => node === 'rabbit1');
    assert.deepEqual(ghost?.loss, { count: 3, labels: ['108', '109', '110'] });
    assert.deepEqual(copies(picture, 'audit'), ['rabbit1: home, down']);
  });

  it('forgets the leader that is gone once its node runs again, and puts the loss to the home', () => {
    const picture = pictured('cluster-after', ({ snapshot, recent }) => ({
      snapshot: { ...snapshot, nodes: snapshot.nodes.map((node) => ({ ...node, state: 'running' })) },
      recent: [...(recent ?? []), { seq: 9, at: 12_390, node: 'rabbit1', type: 'node.started' }],
    }));
    assert.deepEqual(copies(picture, 'orders'), ['rabbit2: leader, promoted', 'rabbit3: mirror, not in sync']);
    assert.equal(picture.rows.find(({ queue }) => queue === 'orders')?.copies[0]?.loss?.count, 3);
  });

  it('a queue that was deleted and made anew has lost nothing, one that a node tells of as it starts has', () => {
    const losses = (body: EventBody): number[] => {
      const event = { seq: 9, at: 12_390, node: 'rabbit2', ...body } as TraceEvent;
      const picture = pictured('cluster-after', ({ recent }) => ({ recent: [...(recent ?? []), event] }));
      return picture.rows.flatMap((row) => row.copies.flatMap(({ loss }) => loss?.count ?? []));
    };
    const orders = { vhost: '/', queue: 'orders' };
    assert.deepEqual(losses({ type: 'queue.deleted', ...orders, reason: 'deleted', messages: 4 }), []);
    assert.deepEqual(losses({ type: 'queue.declared', ...orders, durable: true, exclusive: false, autoDelete: false }), [3]);
  });

  it('names queues that are gone with their messages', () => {
    assert.deepEqual([...pictured('cluster-minority').lostQueues], [['carts', { count: 7, labels: [] }]]);
  });

  it('says who may not serve, and why', () => {
    const picture = pictured('cluster-minority');
    assert.deepEqual(copies(picture, 'orders'), ['rabbit2: leader, down', 'rabbit3: not in sync, not promoted']);
    assert.deepEqual(copies(picture, 'stock'), [
      'rabbit1: quorum member, down',
      'rabbit3: quorum member, no majority',
      'rabbit2: quorum member, down',
    ]);
  });

  it('a partition has two sides, and each may have a home of the same queue', () => {
    const picture = pictured('cluster-partition');
    assert.deepEqual(
      picture.rooms.map(({ node, side }) => `${node.name} ${side}`),
      ['rabbit1 0', 'rabbit2 1', 'rabbit3 1'],
    );
    assert.deepEqual(copies(picture, 'orders'), ['rabbit1: leader', 'rabbit2: leader', 'rabbit3: mirror, in sync']);
    assert.deepEqual(copies(picture, 'stock'), [
      'rabbit2: quorum leader',
      'rabbit3: quorum follower',
      'rabbit1: quorum member, not reached',
    ]);
  });

  it('of the members of a quorum counts what the side says that reaches them', () => {
    const picture = pictured('cluster-partition', ({ snapshot }) => {
      const small = snapshot.queues.flatMap((queue) => {
        if (queue.name !== 'stock') return [];
        const members = (queue.members ?? []).map(({ node }) => ({ node, online: node === 'rabbit1' }));
        return [{ ...queue, node: 'rabbit1', leader: null, members }];
      });
      return { snapshot: { ...snapshot, queues: [...small, ...snapshot.queues] } };
    });
    assert.deepEqual(copies(picture, 'stock').sort(), [
      'rabbit1: quorum member, no majority',
      'rabbit2: quorum leader',
      'rabbit3: quorum follower',
    ]);
  });

  it('a node that could not start has ended itself', () => {
    const picture = pictured('cluster-minority', ({ snapshot, recent }) => {
      const failed = { seq: 10_000, at: snapshot.at, node: 'rabbit1', type: 'node.failed', text: 'Timeout' } as const;
      return { recent: [...(recent ?? []), failed] };
    });
    const [room] = picture.rooms;
    assert.deepEqual([room?.state, room?.node.state], ['gave up starting', 'stopped']);
  });

  it('nodes that reach each other stand together, wherever their names are', () => {
    const picture = pictured('cluster-partition', ({ snapshot }) => ({
      snapshot: {
        ...snapshot,
        nodes: snapshot.nodes.map((node) => ({
          ...node,
          partitionedFrom: node.name === 'rabbit2' ? ['rabbit1', 'rabbit3'] : ['rabbit2'],
        })),
      },
    }));
    assert.deepEqual(
      picture.rooms.map(({ node }) => node.name),
      ['rabbit1', 'rabbit3', 'rabbit2'],
    );
  });

  it('a way that the lab has cut parts nodes that know nothing of it yet, until it is healed', () => {
    const sides = (...bodies: readonly EventBody[]): number[] => {
      const recent = bodies.map((body, i) => ({ seq: i + 1, at: i, node: 'rabbit1', ...body }) as TraceEvent);
      return pictured('cluster-before', () => ({ recent })).rooms.map(({ side }) => side);
    };
    const cut = (target: string): EventBody => ({ type: 'fault', fault: 'cut', target });
    assert.deepEqual(sides(cut('rabbit2'), cut('rabbit3')), [0, 1, 1]);
    assert.deepEqual(sides(cut('rabbit2'), { type: 'healed', fault: 'cut', target: 'rabbit2' }), [0, 0, 0]);
    assert.deepEqual(sides(cut('rabbit1')), [0, 0, 0]);
    assert.deepEqual(sides({ type: 'link.down', peer: 'rabbit3' }), [0, 0, 1]);
    assert.deepEqual(sides({ type: 'link.down', peer: 'rabbit3' }, { type: 'node.stopped' }), [0, 0, 0]);
  });

  it('one way that is cut parts two nodes, and no third', () => {
    const picture = pictured('cluster-before', () => ({
      recent: [{ seq: 1, at: 1, node: 'rabbit1', type: 'fault', fault: 'cut', target: 'rabbit2' }],
    }));
    assert.deepEqual(
      picture.rooms.map(({ node, side, apart }) => [node.name, side, apart]),
      [
        ['rabbit1', 0, ['rabbit2']],
        ['rabbit3', 0, []],
        ['rabbit2', 1, ['rabbit1']],
      ],
    );
  });

  it('a publish goes to the home on its side; what cannot get there is cut', () => {
    assert.deepEqual(kinds(pictured('cluster-partition')), [
      'cut',
      'cut',
      'publish',
      'publish',
      'publish',
      'publish',
      'sync',
      'sync',
    ]);
  });

  it('nothing flows between nodes that know nothing of each other', () => {
    const picture = pictured('three-strangers', ({ snapshot }) => ({
      snapshot: { ...snapshot, connections: snapshot.connections.map((item) => ({ ...item, node: 'rabbit2' })) },
    }));
    assert.deepEqual(kinds(picture), ['idle']);
  });

  it('follows a message into every copy that must have it, until it is settled', () => {
    const holders = (picture: ClusterPicture): string[] =>
      picture.rows.flatMap((row) => row.copies.filter(({ followed }) => followed).map(({ node }) => `${row.queue} ${node}`));
    assert.deepEqual(holders(pictured('followed-in-cluster')), ['orders rabbit1', 'orders rabbit2']);
    const settled = pictured('followed-in-cluster', ({ recent }) => {
      const end = { type: 'settled', vhost: '/', queue: 'orders', message: 17, label: 'm-17' } as const;
      return { recent: [...(recent ?? []), { seq: 9, at: 12_390, node: 'rabbit1', ...end }] };
    });
    assert.deepEqual(holders(settled), []);
  });
});

describe('names of lost messages', () => {
  it('what counts up is a range', () => {
    assert.equal(labelWords({ count: 3, labels: ['m-8', 'm-9', 'm-10'] }, 40), '3 lost: m-8–10');
    assert.equal(labelWords({ count: 4, labels: ['1', '2', '7', 'x'] }, 40), '4 lost: 1–2, 7, x');
  });

  it('what does not fit, or nobody knows, is left to be guessed', () => {
    assert.equal(labelWords({ count: 1200, labels: [] }, 40), '1,200 lost');
    assert.equal(labelWords({ count: 9, labels: ['a', 'b'] }, 40), '9 lost: a, b …');
    assert.equal(labelWords({ count: 2, labels: ['a', 'b'.repeat(50)] }, 20), '2 lost: a …');
  });
});
