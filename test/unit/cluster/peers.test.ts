/** Links between nodes, on the simulated network. */
import { strict as assert } from 'node:assert';
import { SimWorld } from '../../../lib/world/sim';
import { Impostor, Node, pair, saying } from './peer-node';

describe('links between nodes', () => {
  it('come up on both sides, and carry messages and bodies both ways, in order', () => {
    const [sim, a, b] = pair();
    a.connect('b');
    sim.runFor(100);
    assert.deepEqual([a.diary, b.diary], [['b up', 'reached b'], ['a up']]);
    const large = 'x'.repeat(300_000);
    a.peers.send('b', { type: 'one', n: 1 });
    a.peers.send('b', { type: 'two' }, Buffer.from(large));
    b.peers.send('a', { type: 'back' }, Buffer.from('body'));
    sim.runFor(100);
    assert.deepEqual(b.diary.slice(1), ['a: {"type":"one","n":1}', `a: {"type":"two"} ${large}`]);
    assert.deepEqual(a.diary.slice(2), ['b: {"type":"back"} body']);
  });

  it('are one for a pair, also when both dial at the same moment', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const [sim, a, b] = pair(seed);
      a.connect('b');
      b.connect('a');
      sim.runFor(1000);
      assert.deepEqual(
        [a.diary, b.diary],
        [
          ['b up', 'reached b'],
          ['a up', 'reached a'],
        ],
        `seed ${seed}`,
      );
      a.peers.send('b', { type: 'hello there' });
      b.peers.send('a', { type: 'and there' });
      sim.runFor(100);
      assert.deepEqual([a.diary.length, b.diary.length], [3, 3], `seed ${seed}`);
    }
  });

  it('are one for a pair, at whatever moments the two dial', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const [sim, a, b] = pair(seed);
      const [first, second] = seed % 2 === 0 ? [a, b] : [b, a];
      first.connect(first === a ? 'b' : 'a');
      sim.runFor(sim.random.float() * 6);
      second.connect(second === a ? 'b' : 'a');
      sim.runFor(1000);
      assert.deepEqual([a.peers.up, b.peers.up], [['b'], ['a']], `seed ${seed}`);
      assert.ok(![...a.diary, ...b.diary].some((line) => line.includes('down')), `seed ${seed}`);
      a.peers.send('b', { type: 'hello there' });
      b.peers.send('a', { type: 'and there' });
      sim.runFor(100);
      assert.deepEqual(
        [a.diary.at(-1), b.diary.at(-1)],
        ['b: {"type":"and there"}', 'a: {"type":"hello there"}'],
        `seed ${seed}`,
      );
      // Nothing is left over that would keep the other from noticing that this one goes.
      b.peers.close(() => undefined);
      sim.runFor(100);
      assert.deepEqual(a.peers.up, [], `seed ${seed}`);
    }
  });

  it('answer whoever asks for one that is up already', () => {
    const [sim, a] = pair();
    a.connect('b');
    sim.runFor(100);
    a.connect('b');
    assert.deepEqual(a.diary.slice(-1), ['reached b']);
  });

  it('do not come up with another cookie', () => {
    const sim = new SimWorld(1);
    const a = new Node(sim, 'a');
    const b = new Node(sim, 'b', { cookie: 'other crumbs' });
    a.connect('b');
    sim.runFor(1000);
    assert.deepEqual(a.diary, ['no b: invalid challenge reply']);
    assert.deepEqual(b.diary, []);
  });

  it('do not come up for somebody who only repeats what he hears, or skips the proof', () => {
    const sim = new SimWorld(1);
    const a = new Node(sim, 'a');
    const hello = { type: 'hello', from: 'b', to: 'a', nonce: '00' };
    const impostors = [
      Impostor.calls(sim, saying(hello, { type: 'linked' })),
      Impostor.calls(sim, saying(hello, { type: 'proof', proof: '00' })),
      Impostor.calls(sim, saying({ type: 'definitions' })),
    ];
    sim.runFor(100);
    for (const { closedAt, heard } of impostors) assert.deepEqual([closedAt === null, heard], [false, []]);
    assert.deepEqual(a.diary, []);
  });

  it('tell who is not there, and who has another name', () => {
    const [sim, a] = pair();
    a.connect('lost');
    a.connect('nobody');
    sim.runFor(1000);
    assert.deepEqual(a.diary, ['no lost: nobody knows where lost is', 'no nobody: connection_closed']);
  });

  it('go down on both sides when one node is killed or leaves', () => {
    const [sim, a, b] = pair();
    a.connect('b');
    sim.runFor(100);
    b.peers.close(() => undefined);
    sim.runFor(100);
    assert.deepEqual(a.diary.slice(2), ['b down: connection_closed']);
    const [sim2, c] = pair();
    c.connect('b');
    sim2.runFor(100);
    sim2.crash('b');
    sim2.runFor(1000);
    assert.deepEqual(c.diary.slice(2), ['b down: connection_closed']);
    assert.equal(c.peers.send('b', { type: 'too late' }), false);
  });

  it('go down after a tick time of silence, and not before, when the network is cut', () => {
    const [sim, a] = pair(3, { tickTime: 8000 });
    a.connect('b');
    sim.runFor(60_000);
    assert.deepEqual(a.diary, ['b up', 'reached b']);
    const fault = sim.cut('a', 'b');
    // What was heard last may have come a quarter of the time before the cut.
    sim.runFor(5900);
    assert.equal(a.peers.isUp('b'), true);
    sim.runFor(4200);
    assert.deepEqual(a.diary.slice(2), ['b down: net_tick_timeout']);
    assert.equal(fault.kind, 'cut');
  });
});
