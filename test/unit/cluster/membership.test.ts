/** Who may join, leave and change, with the refusals that RabbitMQ 3.10.8 was heard to give. */
import { strict as assert } from 'node:assert';
import {
  alone,
  assertConsistent,
  changeKind,
  ClusterError,
  type ClusterView,
  discMembers,
  forget,
  join,
  reset,
  seenRunning,
  withMember,
} from '../../../lib/cluster/membership/membership';
import { renamed } from '../../../lib/cluster/membership/rename';

const T1 = 't1@localhost';
const T2 = 't2@localhost';
const T3 = 't3@localhost';

function refused(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ClusterError) return `${error.reason}: ${error.message}`;
    throw error;
  }
  return 'done';
}

/** t1 and t2 are disc nodes, t3 a RAM node; the view of one of them. */
function trio(self: string): ClusterView {
  const pair = join(alone(T2), alone(T1), 'disc');
  const three = join(alone(T3), { ...pair, self: T1 }, 'ram');
  return { ...three, self, running: [T1, T2, T3].filter((name) => name !== self) };
}

describe('membership', () => {
  it('begins with a node alone, on disc', () => {
    assert.deepEqual(discMembers(alone(T1)), [T1]);
  });

  it('grows by joining a member, in order, as disc or RAM', () => {
    assert.deepEqual(trio(T3).members, [
      { name: T1, kind: 'disc' },
      { name: T2, kind: 'disc' },
      { name: T3, kind: 'ram' },
    ]);
    assert.ok(trio(T3).running.includes(T1));
  });

  it('refuses a node that joins itself', () => {
    assert.equal(
      refused(() => join(alone(T1), alone(T1), 'disc')),
      `software: Error: cannot cluster node with itself: ${T1}`,
    );
  });

  it('refuses a node that the cluster has as a member although it does not know', () => {
    assert.equal(
      refused(() => join(alone(T3), trio(T1), 'disc')),
      `inconsistent_cluster: Node ${T1} thinks it's clustered with node ${T3}, but ${T3} disagrees`,
    );
    assert.match(
      refused(() => join(trio(T2), trio(T1), 'disc')),
      /^already_member: /,
    );
    // A RAM node, whatever it has written down.
    assert.match(
      refused(() => join(trio(T3), trio(T1), 'disc')),
      /^inconsistent_cluster: /,
    );
  });

  it('lets a node join that is in another cluster, or was forgotten, but not the only disc node of a cluster', () => {
    const without = forget(trio(T2), T3, false);
    assert.deepEqual(
      join(trio(T3), without, 'disc').members.map(({ name }) => name),
      [T1, T2, T3],
    );
    const pair = join(alone(T3), alone('t4@localhost'), 'ram');
    assert.equal(join(pair, alone(T1), 'disc').members.length, 2);
    const onlyDisc = { ...pair, self: 't4@localhost' };
    assert.match(
      refused(() => join(onlyDisc, alone(T1), 'disc')),
      /^clustering_only_disc_node: You cannot cluster a node if it is the only disc node in its existing {2}cluster\. /,
    );
  });

  it('notices on both sides that one has forgotten the other', () => {
    const without = forget(trio(T2), T3, false);
    const text = `inconsistent_cluster: Node ${T3} thinks it's clustered with node ${T2}, but ${T2} disagrees`;
    assert.equal(
      refused(() => assertConsistent(trio(T3), without)),
      text,
    );
    assert.equal(
      refused(() => assertConsistent(without, trio(T3))),
      text,
    );
    assert.equal(
      refused(() => assertConsistent(trio(T1), trio(T2))),
      'done',
    );
  });

  it('forgets a member that does not run, and nobody else', () => {
    assert.deepEqual(
      forget(trio(T1), T3, false).members.map(({ name }) => name),
      [T1, T2],
    );
    assert.equal(
      refused(() => forget(trio(T1), T2, true)),
      `node_running: RabbitMQ on node ${T2} must be stopped with 'rabbitmqctl -n ${T2} stop_app' before it can be removed`,
    );
    assert.equal(
      refused(() => forget(trio(T1), 'nope@localhost', false)),
      'not_a_cluster_node: The node selected is not in the cluster.',
    );
  });

  it('changes a member from RAM to disc and back, but not the last disc node', () => {
    assert.deepEqual(discMembers(changeKind(trio(T3), 'disc')), [T1, T2, T3]);
    const one = changeKind(trio(T2), 'ram');
    assert.deepEqual(discMembers(one), [T1]);
    const last = /^resetting_only_disc_node: You cannot reset a node when it is the only disc node in a cluster/;
    assert.match(
      refused(() => changeKind({ ...one, self: T1 }, 'ram')),
      last,
    );
    assert.match(
      refused(() => reset({ ...one, self: T1 })),
      last,
    );
    assert.equal(
      refused(() => changeKind(alone(T1), 'ram')),
      'not_clustered: Non-clustered nodes can only be disc nodes.',
    );
  });

  it('leaves a node alone after a reset', () => {
    assert.deepEqual(reset(trio(T3)), alone(T3));
    assert.deepEqual(reset(alone(T1)), alone(T1));
  });

  it('remembers who ran, itself not among them', () => {
    const seen = seenRunning(seenRunning(trio(T1), T2, true), T1, true);
    assert.deepEqual(seenRunning(seen, T2, true), seen);
    assert.ok(!seen.running.includes(T1));
    assert.ok(!seenRunning(seen, T2, false).running.includes(T2));
  });

  it('goes on under other names', () => {
    const names = new Map([[T1, T3]]);
    const pair = join(alone(T2), alone(T1), 'disc');
    assert.deepEqual(renamed(pair, names), {
      self: T2,
      members: [
        { name: T3, kind: 'disc' },
        { name: T2, kind: 'disc' },
      ],
      running: [T3],
    });
    assert.deepEqual(withMember(pair, { name: T1, kind: 'ram' }).members[0], { name: T1, kind: 'ram' });
  });
});
