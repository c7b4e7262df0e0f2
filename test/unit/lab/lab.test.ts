import { strict as assert } from 'node:assert';
import * as net from 'node:net';
import { Lab } from '../../../lib/lab/lab';
import { withLab } from '../../../lib/lab/with-lab';
import { closed, connect } from './lab-client';

describe('Lab on the embedded engine', function () {
  this.timeout(20_000);

  let lab: Lab;

  beforeEach(async () => {
    lab = await Lab.start({ engine: 'warren', name: 'unit' });
  });

  afterEach(() => lab.stop());

  it('gives unmodified clients a broker', async () => {
    const connection = await connect(lab);
    const channel = await connection.createConfirmChannel();
    const { queue } = await channel.assertQueue('');
    channel.sendToQueue(queue, Buffer.from('hello'));
    await channel.waitForConfirms();
    const message = await channel.get(queue);
    assert.ok(message);
    assert.equal(message.content.toString(), 'hello');
    assert.match(lab.version, /^Warren \d/);
    assert.equal(lab.engine, 'warren');
  });

  it('writes URLs that every client reads alike', () => {
    const { port } = lab.node();
    assert.equal(lab.url(), `amqp://guest:guest@127.0.0.1:${port}/%2F?heartbeat=0`);
    const url = lab.url('rabbit1', { user: 'a:b', password: 'p@/', vhost: 'v 1', heartbeat: 5 });
    assert.equal(url, `amqp://a%3Ab:p%40%2F@127.0.0.1:${port}/v%201?heartbeat=5`);
  });

  it('names its nodes when asked for one that is not there', async () => {
    assert.throws(() => lab.node('rabbit9'), /no node 'rabbit9' in this lab; its nodes are rabbit1/);
    assert.throws(() => lab.url('rabbit9'), /no node 'rabbit9'/);
    await assert.rejects(lab.cut('rabbit9'), /no node 'rabbit9'/);
  });

  it('can be started twice under one name: the first one is stopped', async () => {
    const connection = await connect(lab);
    const end = closed(connection);
    const again = await Lab.start({ engine: 'warren', name: 'unit' });
    await end;
    await assert.rejects(lab.snapshot(), /This lab is stopped\. Start it again/);
    assert.throws(() => lab.node(), /stopped/);
    await (await connect(again)).close();
    await again.stop();
  });

  it('keeps labs of other names', async () => {
    await withLab({ engine: 'warren' }, async (other) => {
      assert.notEqual(other.node().port, lab.node().port);
      await (await connect(lab)).close();
    });
  });

  it('frees its ports when it stops, and stops twice', async () => {
    const { port } = lab.node();
    await lab.stop();
    await lab.stop();
    const again = await Lab.start({ engine: 'warren', name: 'unit', ports: [port] });
    assert.equal(again.node().port, port);
    await again.stop();
  });

  it('leaves nothing behind when it cannot start', async () => {
    const { port } = lab.node();
    await assert.rejects(Lab.start({ engine: 'warren', name: 'other', ports: [port] }), /Port \d+ is in use/);
    const socket = net.connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
  });

  for (const [options, message] of [
    [{ nodes: [] }, /at least one node/],
    [{ nodes: ['a b'] }, /'a b' cannot be a node name/],
    [{ nodes: ['a', 'a'] }, /Two nodes are named 'a'/],
    [{ ports: [1, 2] }, /2 ports for 1 nodes/],
    [{ ports: [70000] }, /70000 is not a port/],
    [{ traceLimit: 0 }, /traceLimit is 0/],
    [{ engine: 'kafka' as 'warren' }, /'kafka'; it can be 'warren'/],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, () => assert.rejects(Lab.start({ name: 'bad', ...options }), message));
  }

  describe('trace', () => {
    it('tells what happened, once, with the time of the lab', async () => {
      const connection = await connect(lab, 'order-api');
      const channel = await connection.createConfirmChannel();
      await channel.assertQueue('q');
      channel.sendToQueue('q', Buffer.from('m1'));
      await channel.waitForConfirms();
      const types = lab.trace.events.map(({ type }) => type);
      for (const type of ['node.started', 'connection.opened', 'queue.declared', 'publish', 'routed', 'enqueued', 'confirm']) {
        assert.equal(types.filter((other) => other === type).length, 1, `${type} in ${types.join(' ')}`);
      }
      assert.equal(lab.trace.of('publish')[0]?.label, 'm1');
      assert.equal(lab.trace.of('connection.opened')[0]?.name, 'order-api');
      assert.ok(lab.trace.events.every(({ at }, i, all) => at >= (all[i - 1]?.at ?? 0)));
    });

    it('waits for an event, and says what came instead when none does', async () => {
      lab.trace.clear();
      const coming = lab.trace.waitFor(({ type }) => type === 'connection.opened');
      await connect(lab);
      assert.equal((await coming).type, 'connection.opened');
      lab.trace.note('the last one');
      await assert.rejects(
        lab.trace.waitFor(({ type }) => type === 'node.killed', '1ms'),
        /within 1 ms\. The last events were: .*connection\.opened, note\./,
      );
    });

    it('keeps at most traceLimit events', async () => {
      await withLab({ engine: 'warren', traceLimit: 3 }, async ({ trace }) => {
        for (let i = 0; i < 10; i++) trace.note(String(i));
        assert.deepEqual(
          trace.of('note').map(({ text }) => text),
          ['7', '8', '9'],
        );
      });
    });
  });

  describe('faults', () => {
    it('cut stalls open connections; heal lets everything through', async () => {
      const connection = await connect(lab);
      const channel = await connection.createConfirmChannel();
      await channel.assertQueue('q');
      await lab.cut('rabbit1');
      let confirmed = false;
      const confirms = new Promise<void>((resolve) =>
        channel.sendToQueue('q', Buffer.from('m'), {}, () => {
          confirmed = true;
          resolve();
        }),
      );
      await lab.settled();
      assert.equal(lab.trace.of('publish').length, 0);
      assert.equal(confirmed, false);
      await lab.heal();
      await confirms;
      assert.deepEqual(
        lab.trace.events
          .filter(({ type }) => type === 'fault' || type === 'healed')
          .map((event) => ({ ...event, seq: 0, at: 0 })),
        [
          { seq: 0, at: 0, node: 'rabbit1', type: 'fault', fault: 'cut', target: 'rabbit1' },
          { seq: 0, at: 0, node: 'rabbit1', type: 'healed', fault: 'cut', target: 'rabbit1' },
        ],
      );
    });

    it('latency is in lab time', async () => {
      const connection = await connect(lab);
      const channel = await connection.createChannel();
      await channel.assertQueue('q');
      await lab.clock.freeze();
      await lab.latency('rabbit1', '3s');
      channel.sendToQueue('q', Buffer.from('m'));
      await lab.settled();
      assert.equal(lab.trace.of('publish').length, 0);
      const before = lab.clock.now();
      await lab.clock.advance('5s');
      assert.equal(lab.trace.of('publish')[0]?.at, before + 3000);
      await lab.heal();
    });

    it('loses the connections that are meant', async () => {
      const kept = await connect(lab, 'kept');
      const lost = await connect(lab, 'lost-1');
      const end = closed(lost);
      assert.equal(await lab.loseConnections('lost'), 0);
      assert.equal(await lab.loseConnections(/^lost-/), 1);
      await end;
      await (await kept.createChannel()).close();
      assert.equal((await lab.trace.waitFor(({ type }) => type === 'connection.closed')).type, 'connection.closed');
      assert.equal(lab.trace.of('connection.closed')[0]?.by, 'network');
      const rest = closed(kept);
      assert.equal(await lab.loseConnections(), 1);
      await rest;
    });
  });

  describe('nodes', () => {
    it('stop in an orderly way, refuse clients, and start again on their port', async () => {
      const connection = await connect(lab);
      await (await connection.createChannel()).assertQueue('q');
      const end = closed(connection);
      await lab.node().stop();
      await end;
      assert.equal(lab.trace.of('connection.closed')[0]?.code, 320);
      assert.equal(lab.node().state, 'stopped');
      await assert.rejects(connect(lab), { code: 'ECONNREFUSED' });
      await lab.node().stop();
      const { port } = lab.node();
      await lab.node().start();
      assert.equal(lab.node().port, port);
      await (await connect(lab)).close();
    });

    it('are killed without a word', async () => {
      const connection = await connect(lab);
      const end = closed(connection);
      await lab.node().kill();
      await end;
      await lab.node().kill();
      assert.equal(lab.node().state, 'killed');
      assert.equal(lab.trace.of('node.killed').length, 1);
      assert.deepEqual((await lab.snapshot()).nodes, [{ name: 'rabbit1', state: 'killed' }]);
      await lab.node().start();
      assert.equal(lab.node().state, 'running');
    });

    it('answer nothing while they are paused, and everything afterwards', async () => {
      const connection = await connect(lab);
      const channel = await connection.createChannel();
      await lab.node().pause();
      let answered = false;
      const answer = channel.assertQueue('q').then(() => (answered = true));
      await lab.settled();
      assert.equal(answered, false);
      assert.equal((await lab.sh`rabbitmqctl status`).exitCode, 69);
      await lab.node().resume();
      await answer;
      assert.deepEqual([lab.trace.of('node.paused').length, lab.trace.of('node.resumed').length], [1, 1]);
    });

    it('fire no timer while they are paused', async () => {
      const connection = await connect(lab);
      const channel = await connection.createChannel();
      await channel.assertQueue('q', { messageTtl: 1000 });
      channel.sendToQueue('q', Buffer.from('m'));
      await lab.settled();
      await lab.clock.freeze();
      await lab.node().pause();
      await lab.clock.advance('5s');
      assert.equal(lab.trace.of('dropped').length, 0);
      await lab.node().resume();
      assert.equal(lab.trace.of('dropped').length, 1);
    });

    it('say what to do when a call does not fit their state', async () => {
      await lab.node().pause();
      await assert.rejects(lab.node().stop(), /Cannot stop rabbit1 while it is paused; resume it first/);
      await lab.node().kill();
      await assert.rejects(
        lab.node().pause(),
        /Cannot pause rabbit1: it is killed\. First await lab\.node\('rabbit1'\)\.start\(\)/,
      );
      await assert.rejects(lab.node().resume(), /rabbit1 is killed, so it cannot resume; start it/);
      await assert.rejects(lab.node().alarm('memory', true), /it is killed/);
    });

    it('block publishers under an alarm', async () => {
      const connection = await connect(lab);
      const blocked = new Promise((resolve) => connection.once('blocked', resolve));
      const unblocked = new Promise((resolve) => connection.once('unblocked', resolve));
      const channel = await connection.createChannel();
      await lab.node().alarm('memory', true);
      channel.publish('', 'nowhere', Buffer.from('m'));
      assert.equal(await blocked, 'low on memory');
      await lab.node().alarm('memory', false);
      await unblocked;
      await assert.rejects(lab.node().alarm('cpu' as 'disk', true), /'cpu' has no alarm/);
    });

    it('stop even when the network hides a client from them', async () => {
      const connection = await connect(lab);
      await lab.cut('rabbit1');
      await lab.node().stop();
      assert.equal(lab.node().state, 'stopped');
      const end = closed(connection);
      await lab.heal();
      await end;
    });
  });

  it('runs several nodes side by side', async () => {
    await withLab({ engine: 'warren', nodes: ['a', 'b'] }, async (two) => {
      const connection = await connect(two, 'on-b', 'b');
      await (await connection.createChannel()).assertQueue('only-b');
      assert.match((await two.sh`rabbitmqctl -n b list_queues -q`).stdout, /only-b/);
      assert.doesNotMatch((await two.sh`rabbitmqctl list_queues -q`).stdout, /only-b/);
      const snapshot = await two.snapshot();
      assert.deepEqual(
        snapshot.queues.map(({ name, node }) => [name, node]),
        [['only-b', 'b']],
      );
      assert.equal(new Set(snapshot.exchanges.map(({ name }) => name)).size, snapshot.exchanges.length);
      await two.node('a').kill();
      await (await connection.createChannel()).close();
    });
  });

  it('makes the same choices for the same seed', async () => {
    const names: string[] = [];
    for (const seed of [7, 7, 8]) {
      await withLab({ engine: 'warren', seed }, async (seeded) => {
        const channel = await (await connect(seeded)).createChannel();
        names.push((await channel.assertQueue('')).queue);
      });
    }
    assert.equal(names[0], names[1]);
    assert.notEqual(names[0], names[2]);
  });

  describe('sh', () => {
    it('runs a line as typed and notes it in the trace, without the password', async () => {
      const { line, exitCode, stdout, stderr } = await lab.sh`rabbitmqctl add_user ${'alice b'} secret`;
      assert.equal(line, "rabbitmqctl add_user 'alice b' secret");
      assert.deepEqual([exitCode, stderr], [0, '']);
      assert.match(stdout, /^Adding user "alice b" \.\.\.\nDone\./);
      const [command] = lab.trace.of('command');
      assert.deepEqual([command?.line, command?.exitCode], ["rabbitmqctl add_user 'alice b' ***", 0]);
    });

    it('resolves with the exit code of a line that fails', async () => {
      assert.equal((await lab.sh`rabbitmqctl delete_user nobody`).exitCode, 67);
      const unknown = await lab.sh`rabbitctl status`;
      assert.equal(unknown.exitCode, 127);
      assert.match(unknown.stderr, /rabbitctl: command not found\. lab\.sh runs rabbitmqctl/);
      const piped = await lab.sh`rabbitmqctl list_queues | wc`;
      assert.equal(piped.exitCode, 2);
      assert.match(piped.stderr, /knows no '\|'/);
    });
  });
});
