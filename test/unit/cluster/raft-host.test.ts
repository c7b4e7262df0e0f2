/** Groups of three nodes, with their links and disks. */
import assert from 'node:assert/strict';
import { type RaftNode, RaftNodes } from './raft-nodes';

function say(node: RaftNode, id: string, ...words: readonly string[]): void {
  for (const word of words) node.group(id).propose(Buffer.from(word));
}

describe('the host of the Raft groups of a node', () => {
  it('has one member lead, and all apply what it is told, in order', () => {
    const three = new RaftNodes(1);
    three.found('g');
    const leader = three.leader('g');
    say(leader, 'g', 'one', 'two', 'three');
    three.applied('g', 3);
    for (const { users } of three.nodes) assert.deepEqual(users.get('g')?.words, ['one', 'two', 'three']);
  });

  it('refuses on a member that does not lead', () => {
    const three = new RaftNodes(2);
    three.found('g');
    const leader = three.leader('g');
    const follower = three.nodes.find((node) => node !== leader) as RaftNode;
    say(follower, 'g', 'one');
    three.sim.runUntil(() => follower.users.get('g')?.refusals.length === 1);
    assert.deepEqual(follower.users.get('g')?.refusals, [['propose', 'notLeader']]);
  });

  it('goes on when the leader crashes, and brings it up to date when it comes back', () => {
    const three = new RaftNodes(3);
    three.found('g');
    const first = three.leader('g');
    say(first, 'g', 'one');
    three.applied('g', 1);
    first.crash();
    const rest = three.nodes.filter((node) => node !== first);
    const before = three.sim.now;
    const second = three.leader('g', rest);
    assert.ok(three.sim.now - before < 1000, `${three.sim.now - before} ms without a leader`);
    say(second, 'g', 'two');
    three.applied('g', 2, rest);
    first.start();
    three.applied('g', 2);
    assert.deepEqual(first.users.get('g')?.words, ['one', 'two']);
  });

  it('has on disk what it has confirmed: all crash, and all is there', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const three = new RaftNodes(seed);
      three.found('g');
      const leader = three.leader('g');
      say(leader, 'g', 'one', 'two');
      three.sim.runUntil(() => leader.users.get('g')?.words.length === 2);
      for (const node of three.nodes) node.crash();
      for (const node of three.nodes) node.start();
      three.leader('g');
      three.applied('g', 2);
      for (const { users } of three.nodes) assert.deepEqual(users.get('g')?.words, ['one', 'two']);
    }
  });

  it('starts from a snapshot, and sends it to who is too far behind', () => {
    const three = new RaftNodes(4);
    three.found('g');
    const leader = three.leader('g');
    const late = three.nodes.find((node) => node !== leader) as RaftNode;
    const others = three.nodes.filter((node) => node !== late);
    late.crash();
    say(leader, 'g', 'one', 'two', 'three');
    three.applied('g', 3, others);
    for (const node of others) {
      const { words } = node.users.get('g') as { words: string[] };
      node.group('g').step({ kind: 'compact', index: 4, data: Buffer.from(words.join(' ')) });
    }
    late.start();
    three.applied('g', 3);
    three.sim.runFor(200);
    late.crash();
    late.start();
    assert.deepEqual(late.users.get('g')?.words, ['one', 'two', 'three']);
  });

  it('takes in a member under a new name after its node has lost its disk', () => {
    const three = new RaftNodes(5);
    three.found('g');
    const leader = three.leader('g');
    const wiped = three.nodes.find((node) => node !== leader) as RaftNode;
    say(leader, 'g', 'one');
    three.applied('g', 1);
    wiped.crash();
    wiped.wipe(99);
    wiped.start();
    assert.equal(wiped.host.group('g'), undefined);
    const { members } = leader.group('g');
    leader.group('g').step({ kind: 'removeMember', id: wiped.name });
    three.sim.runUntil(() => leader.group('g').members !== members);
    const id = `${wiped.name}/2`;
    wiped.host.join('g', id, wiped.user('g'));
    say(leader, 'g', 'two');
    three.applied('g', 2, [leader]);
    leader.group('g').step({ kind: 'addMember', id });
    three.sim.runUntil(() => leader.group('g').members.voters.includes(id));
    three.applied('g', 2);
    assert.deepEqual(wiped.users.get('g')?.words, ['one', 'two']);
  });

  it('sends what many groups have to say at a time in one message', () => {
    const three = new RaftNodes(6);
    const groups = Array.from({ length: 50 }, (_, i) => `g${i}`);
    for (const id of groups) three.found(id);
    for (const id of groups) three.leader(id);
    for (const id of groups) {
      const leader = three.leader(id);
      if (leader !== three.nodes[0]) leader.group(id).step({ kind: 'transfer', to: 'rabbit1' });
    }
    const [first] = three.nodes as [RaftNode];
    three.sim.runUntil(() => groups.every((id) => first.group(id).isLeader));
    let messages = 0;
    const { message } = (three.nodes[1] as RaftNode).host;
    (three.nodes[1] as RaftNode).host.message = function (from, body) {
      messages++;
      message.call(this, from, body);
    };
    three.sim.runFor(1000);
    assert.ok(messages > 0 && messages <= 100, `${messages} messages for 500 heartbeats`);
  });

  it('lets one that is alone rest', () => {
    const one = new RaftNodes(7, 1);
    one.found('g');
    const leader = one.leader('g');
    say(leader, 'g', 'one');
    one.applied('g', 1);
    assert.equal(leader.group('g').wakeAt, Number.POSITIVE_INFINITY);
  });
});
