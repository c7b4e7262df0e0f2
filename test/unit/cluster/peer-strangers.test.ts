/** What somebody who has not proved to know the cookie can take of a node: little time, little memory, few links. */
import { strict as assert } from 'node:assert';
import { type LogLine, SimWorld } from '../../../lib/world/sim';
import type { Link } from '../../../lib/world/world';
import { Impostor, Node, pair, saying } from './peer-node';

const HELLO = { type: 'hello', from: 'b', to: 'a', nonce: '00' };

/** Four octets that announce a message of `size`. */
function announcing(size: number): (link: Link) => void {
  return (link) => {
    const at = link.reserve(4);
    link.out.writeUInt32BE(size, at);
  };
}

describe('a stranger that calls a node', () => {
  it('is dropped after seven seconds, and not before, whether it speaks or not', () => {
    const sim = new SimWorld(1);
    const a = new Node(sim, 'a');
    const impostors = [Impostor.calls(sim), Impostor.calls(sim, saying(HELLO)), Impostor.calls(sim, announcing(100))];
    sim.runFor(6990);
    for (const { closedAt } of impostors) assert.equal(closedAt, null);
    sim.runFor(20);
    for (const { closedAt } of impostors) assert.ok(closedAt !== null);
    assert.deepEqual(impostors[1]?.heard, ['welcome']);
    assert.deepEqual(a.diary, []);
  });

  it('is dropped as soon as it announces a message of more than 4 KiB', () => {
    const sim = new SimWorld(1);
    const a = new Node(sim, 'a');
    const impostors = [4096, 4097].map((size) => Impostor.calls(sim, announcing(size)));
    sim.runFor(100);
    assert.deepEqual(
      impostors.map(({ closedAt }) => closedAt !== null),
      [false, true],
    );
    assert.deepEqual(a.diary, []);
  });

  it('leaves one line in the log, however much it says', () => {
    const lines: LogLine[] = [];
    const sim = new SimWorld(1, { chunking: false, onLog: (line) => lines.push(line) });
    new Node(sim, 'a');
    const nonsense = Array.from({ length: 100 }, () => ({ type: 'definitions' }));
    Impostor.calls(sim, saying(...nonsense));
    sim.runFor(100);
    assert.deepEqual(
      lines.map(({ host, text }) => `${host}: ${text}`),
      ['a: Connection attempt from node null rejected. Invalid challenge reply.'],
    );
  });

  it('makes room for others: of many the oldest are dropped, and a node still gets in', () => {
    const [sim, a, b] = pair();
    const impostors = Array.from({ length: 64 }, () => Impostor.calls(sim, saying(HELLO)));
    sim.runFor(100);
    assert.equal(impostors.filter(({ closedAt }) => closedAt !== null).length, 0);
    impostors.push(...Array.from({ length: 30 }, () => Impostor.calls(sim)));
    sim.runFor(100);
    assert.equal(impostors.slice(0, 64).filter(({ closedAt }) => closedAt !== null).length, 30);
    assert.equal(impostors.slice(64).filter(({ closedAt }) => closedAt !== null).length, 0);
    b.connect('a');
    sim.runFor(100);
    assert.deepEqual([a.diary, b.diary], [['b up'], ['a up', 'reached a']]);
    sim.runFor(7000);
    assert.equal(impostors.filter(({ closedAt }) => closedAt === null).length, 0);
    assert.deepEqual([a.peers.up, b.peers.up], [['b'], ['a']]);
  });
});

describe('a node that calls a stranger', () => {
  it('waits for seven seconds, and may then call again', () => {
    const sim = new SimWorld(1);
    const a = new Node(sim, 'a');
    const mute = Impostor.answers(sim, 'mute');
    for (let call = 1; call <= 2; call++) {
      a.connect('mute');
      sim.runFor(6990);
      assert.equal(a.diary.length, call - 1);
      sim.runFor(20);
      assert.deepEqual(a.diary.slice(call - 1), ['no mute: handshake timed out']);
      assert.ok(mute.closedAt !== null && mute.closedAt > sim.now - 20);
    }
  });

  it('waits no longer if the network is cut, and gets through once it is mended', () => {
    const [sim, a] = pair();
    sim.cut('a', 'b');
    a.connect('b');
    a.connect('b');
    sim.runFor(7010);
    assert.deepEqual(a.diary, ['no b: handshake timed out', 'no b: handshake timed out']);
    sim.heal();
    sim.runFor(10_000);
    assert.equal(a.diary.length, 2);
    a.connect('b');
    sim.runFor(100);
    assert.deepEqual(a.diary.slice(2), ['b up', 'reached b']);
  });

  it('waits no longer for a link that the other claims to have dialled', () => {
    const sim = new SimWorld(1);
    const a = new Node(sim, 'a');
    Impostor.answers(sim, 'b', saying({ type: 'no', why: 'the other link is under way' }));
    a.connect('b');
    sim.runFor(6990);
    assert.deepEqual(a.diary, []);
    sim.runFor(20);
    assert.deepEqual(a.diary, ['no b: handshake timed out']);
  });

  it('takes no more than 4 KiB from it', () => {
    const sim = new SimWorld(1);
    const a = new Node(sim, 'a');
    Impostor.answers(sim, 'b', announcing(4097));
    a.connect('b');
    sim.runFor(100);
    assert.deepEqual(a.diary, ['no b: nonsense from the peer: a message of 4097 octets']);
  });

  it('leaves nobody waiting when it ends itself', () => {
    const sim = new SimWorld(1);
    const a = new Node(sim, 'a');
    Impostor.answers(sim, 'b', saying({ type: 'no', why: 'the other link is under way' }));
    a.connect('b');
    sim.runFor(100);
    a.peers.kill();
    assert.deepEqual(a.diary, ['no b: connection_closed']);
    sim.runUntilIdle();
    assert.equal(a.diary.length, 1);
  });
});

describe('nodes that have proved themselves', () => {
  it('may send long messages at once, in the same piece as the end of the handshake', () => {
    const greeting = Buffer.alloc(100_000, 'x');
    for (const chunking of [false, true]) {
      const sim = new SimWorld(1, { chunking });
      const [a, b] = [new Node(sim, 'a', { greeting }), new Node(sim, 'b', { greeting })];
      a.connect('b');
      sim.runFor(10_000);
      for (const [node, other] of [
        [a, 'b'],
        [b, 'a'],
      ] as const) {
        assert.deepEqual(
          node.diary.filter((line) => !line.startsWith('reached')),
          [`${other} up`, `${other}: {"type":"greeting"} ${greeting.toString()}`],
        );
      }
    }
  });
});
