/** The lab on real RabbitMQ servers: what only they can show. Skipped, with a line that says so, where none is installed. */
import { strict as assert } from 'node:assert';
import amqp, { type ChannelModel } from 'amqplib';
import { Lab } from '../../../lib/lab/lab';
import { freePort } from '../../../lib/lab/free-port';
import { findRabbitmqServer, RabbitmqServer } from '../../../lib/lab/rabbitmq-server';

async function connect(lab: Lab, name: string): Promise<ChannelModel> {
  const connection = await amqp.connect(lab.url(), { clientProperties: { connection_name: name } });
  connection.on('error', () => undefined);
  return connection;
}

function closed(connection: ChannelModel): Promise<void> {
  return new Promise((resolve) => connection.once('close', () => resolve()));
}

/** A topic exchange, a queue with one slow consumer, four messages, of which two are delivered. */
async function declareOrders(lab: Lab): Promise<ChannelModel> {
  const connection = await connect(lab, 'order-api');
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange('orders', 'topic', { alternateExchange: 'spill' });
  await channel.assertQueue('billing', { deadLetterExchange: 'dead', deadLetterRoutingKey: 'late' });
  await channel.bindQueue('billing', 'orders', 'order.#', { 'x-source': 'unit' });
  await channel.prefetch(2);
  await channel.consume('billing', () => undefined, { consumerTag: 'slow', priority: 3 });
  for (const body of ['a', 'b', 'c', 'd']) channel.publish('orders', 'order.paid', Buffer.from(body));
  await channel.waitForConfirms();
  await lab.settled();
  return connection;
}

const MISSING = findRabbitmqServer() === null;

describe('Lab on a real RabbitMQ', function () {
  this.timeout(60_000);
  let lab: Lab;

  before(async function () {
    if (MISSING) {
      console.log('    skipped: no RabbitMQ is installed (Debian: apt-get install rabbitmq-server)');
      this.skip();
    }
    lab = await Lab.start({ engine: 'rabbitmq', name: 'real' });
  });

  after(() => lab?.stop());

  it('sees on the wire what happens, and asks the broker for the rest', async () => {
    const connection = await declareOrders(lab);
    assert.match(lab.version, /^RabbitMQ \d+\.\d+\.\d+/);
    assert.deepEqual(
      lab.trace.of('publish').map(({ message, label, publishSeq, exchange }) => [message, label, publishSeq, exchange]),
      [
        [1, 'a', 1, 'orders'],
        [2, 'b', 2, 'orders'],
        [3, 'c', 3, 'orders'],
        [4, 'd', 4, 'orders'],
      ],
    );
    assert.deepEqual(
      lab.trace.of('deliver').map(({ message, label, queue }) => [message, label, queue]),
      [
        [1, 'a', 'billing'],
        [2, 'b', 'billing'],
      ],
    );
    const snapshot = await lab.snapshot();
    const [opened] = lab.trace.of('connection.opened');
    assert.equal(opened?.name, 'order-api');
    assert.deepEqual(snapshot.connections, [
      {
        connection: opened?.connection,
        name: 'order-api',
        node: 'rabbit1',
        user: 'guest',
        state: 'running',
        channels: [
          {
            channel: 1,
            prefetch: 2,
            globalPrefetch: 0,
            confirm: true,
            tx: false,
            unacked: 2,
            unconfirmed: 0,
            published: 4,
            publishedTo: ['orders'],
          },
        ],
      },
    ]);
    assert.deepEqual(
      snapshot.exchanges.find(({ name }) => name === 'orders'),
      { name: 'orders', kind: 'topic', durable: true, autoDelete: false, internal: false, alternateExchange: 'spill' },
    );
    assert.deepEqual(snapshot.queues, [
      {
        name: 'billing',
        kind: 'classic',
        node: 'rabbit1',
        durable: true,
        exclusive: false,
        autoDelete: false,
        arguments: { 'x-dead-letter-exchange': 'dead', 'x-dead-letter-routing-key': 'late' },
        ready: 2,
        unacked: 2,
        consumers: 1,
        deadLetterExchange: 'dead',
        deadLetterRoutingKey: 'late',
      },
    ]);
    assert.deepEqual(snapshot.bindings, [
      { source: 'orders', destination: 'billing', toQueue: true, routingKey: 'order.#', arguments: { 'x-source': 'unit' } },
    ]);
    assert.deepEqual(snapshot.consumers, [
      {
        queue: 'billing',
        consumerTag: 'slow',
        connection: opened?.connection,
        channel: 1,
        noAck: false,
        exclusive: false,
        active: true,
        priority: 3,
        prefetch: 2,
        unacked: 2,
      },
    ]);
    await connection.close();
    assert.equal((await lab.trace.waitFor(({ type }) => type === 'connection.closed')).type, 'connection.closed');
  });

  it('runs the real rabbitmqctl, which knows nodes by their names in the lab', async () => {
    const { exitCode, stdout, stderr } = await lab.sh`rabbitmqctl -n rabbit1 ping`;
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /Will ping rabbit1@localhost[\s\S]*Ping succeeded/);
    assert.equal((await lab.sh`rabbitmqctl delete_user nobody`).exitCode, 67);
  });

  it('has a clock that waits, and says what it cannot do', async () => {
    const before = lab.clock.now();
    await lab.clock.advance('40ms');
    assert.ok(lab.clock.now() - before >= 40);
    await assert.rejects(lab.clock.speed(10), /runs at its own speed/);
    await lab.clock.speed(1);
  });

  it('blocks publishers under an alarm', async () => {
    const connection = await connect(lab, 'blocked');
    const channel = await connection.createChannel();
    const [blocked, unblocked] = ['blocked', 'unblocked'].map((name) => new Promise((resolve) => connection.once(name, resolve)));
    await lab.node().alarm('disk', true);
    channel.publish('', 'nowhere', Buffer.from('m'));
    assert.equal(await blocked, 'low on disk');
    await lab.node().alarm('disk', false);
    await unblocked;
    assert.deepEqual(
      lab.trace.of('connection.blocked').map(({ reason }) => reason),
      ['low on disk'],
    );
    await connection.close();
  });

  it('loses, cuts, pauses and kills as on the other engine', async () => {
    const lost = await connect(lab, 'lost');
    const lostEnd = closed(lost);
    assert.equal(await lab.loseConnections('lost'), 1);
    await lostEnd;
    const connection = await connect(lab, 'kept');
    const channel = await connection.createConfirmChannel();
    let confirmed = false;
    const publish = (): Promise<void> =>
      new Promise((resolve) =>
        channel.sendToQueue('none', Buffer.from('m'), {}, () => {
          confirmed = true;
          resolve();
        }),
      );
    for (const [begin, end] of [
      [() => lab.cut('rabbit1'), () => lab.heal()],
      [() => lab.node().pause(), () => lab.node().resume()],
    ] as const) {
      confirmed = false;
      await begin();
      const confirm = publish();
      await lab.settled();
      assert.equal(confirmed, false);
      await end();
      await confirm;
    }
    const end = closed(connection);
    const before = lab.trace.events.length;
    await lab.node().kill();
    await end;
    await lab.settled();
    assert.deepEqual(
      lab.trace.events.slice(before).map(({ type }) => type),
      ['node.killed', 'connection.closed'],
    );
    await assert.rejects(connect(lab, 'early'), { code: 'ECONNREFUSED' });
    const { port } = lab.node();
    await lab.node().start();
    assert.equal(lab.node().port, port);
    assert.deepEqual(
      lab.trace.events.map(({ type }) => type).filter((type) => type.startsWith('node.')),
      ['node.started', 'node.paused', 'node.resumed', 'node.killed', 'node.started'],
    );
    await (await connect(lab, 'again')).close();
  });

  it('tells clients of the end of the lab', async () => {
    const connection = await connect(lab, 'last');
    const reason = new Promise<Error>((resolve) => connection.once('close', resolve));
    await lab.stop();
    assert.match((await reason).message, /320 \(CONNECTION-FORCED\)/);
  });
});

describe('Lab on a RabbitMQ that runs elsewhere', function () {
  this.timeout(60_000);
  let server: RabbitmqServer;

  before(async function () {
    if (MISSING) this.skip();
    const port = await freePort();
    const config = `management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = ${port}`;
    server = await RabbitmqServer.start({ name: 'elsewhere', plugins: ['rabbitmq_management'], config });
    process.env.WARREN_AMQP_URL = `amqp://guest:guest@127.0.0.1:${server.port}`;
    process.env.WARREN_MANAGEMENT_URL = `http://127.0.0.1:${port}`;
  });

  after(async () => {
    delete process.env.WARREN_AMQP_URL;
    delete process.env.WARREN_MANAGEMENT_URL;
    await server?.dispose();
  });

  it('works in a vhost of its own, which goes with it', async () => {
    const lab = await Lab.start({ name: 'guest-house' });
    assert.equal(lab.engine, 'url');
    assert.match(lab.version, /^RabbitMQ \d/);
    const vhosts = async (): Promise<string> => (await server.ctl(['-q', 'list_vhosts'])).stdout;
    assert.match(await vhosts(), /^warren-.*-guest-house$/m);
    const connection = await declareOrders(lab);
    const { queues, vhost, consumers, connections } = await lab.snapshot();
    assert.match(vhost, /^warren-/);
    assert.deepEqual(
      queues.map(({ name, ready, unacked, deadLetterExchange }) => [name, ready, unacked, deadLetterExchange]),
      [['billing', 2, 2, 'dead']],
    );
    assert.deepEqual(
      connections.map(({ name, channels }) => [name, channels.length]),
      [['order-api', 1]],
    );
    assert.deepEqual(
      consumers.map(({ consumerTag, unacked, connection: name }) => [consumerTag, unacked, name === connections[0]?.connection]),
      [['slow', 2, true]],
    );
    await assert.rejects(lab.node().stop(), /it runs elsewhere .* lab\.cut\('rabbit1'\)/);
    const end = closed(connection);
    await lab.stop();
    await end;
    assert.doesNotMatch(await vhosts(), /warren-/);
  });

  it('removes the vhosts of processes that are gone', async () => {
    const lab = await Lab.start({ name: 'first' });
    const own = decodeURIComponent(new URL(lab.url()).pathname.slice(1));
    // No process has a number beyond the limit of the kernel.
    const abandoned = own.replace(`-${process.pid}-`, '-4194999-');
    await server.ctl(['add_vhost', abandoned]);
    const second = await Lab.start({ name: 'second' });
    const { stdout } = await server.ctl(['-q', 'list_vhosts']);
    assert.ok(stdout.includes(own) && !stdout.includes(abandoned), stdout);
    await lab.stop();
    await second.stop();
  });

  for (const [what, setting, message] of [
    ['several nodes on one URL', undefined, /2 nodes \(a, b\), but WARREN_AMQP_URL names 1/],
    ['TLS', 'amqps://127.0.0.1', /asks for TLS/],
    ['another protocol', 'http://127.0.0.1', /begins with http: instead of amqp:/],
    ['what is no URL', 'user:secret', /^(?!.*secret).*amqp:\/\/user:password@host/],
  ] as const) {
    it(`refuses ${what} and says what to do`, async () => {
      const before = process.env.WARREN_AMQP_URL;
      if (setting !== undefined) process.env.WARREN_AMQP_URL = setting;
      const nodes = setting === undefined ? ['a', 'b'] : ['a'];
      await assert.rejects(Lab.start({ engine: 'url', name: 'refused', nodes }), { message }).finally(() => {
        process.env.WARREN_AMQP_URL = before;
      });
    });
  }
});

describe('Several nodes of a real RabbitMQ', function () {
  this.timeout(180_000);
  let lab: Lab;

  before(async function () {
    if (MISSING) this.skip();
    lab = await Lab.start({ engine: 'rabbitmq', name: 'real-nodes', nodes: ['rabbit1', 'rabbit2'] });
  });

  after(() => lab?.stop());

  it('each is a cluster of one until it joins', async () => {
    const told = async () => (await lab.snapshot()).nodes.map(({ name, cluster, kind }) => [name, cluster, kind]);
    assert.deepEqual(await told(), [
      ['rabbit1', 'rabbit1', 'disc'],
      ['rabbit2', 'rabbit2', 'disc'],
    ]);
    await lab.sh`rabbitmqctl -n rabbit2 stop_app`;
    await lab.sh`rabbitmqctl -n rabbit2 join_cluster --ram rabbit1@localhost`;
    await lab.sh`rabbitmqctl -n rabbit2 start_app`;
    assert.deepEqual(await told(), [
      ['rabbit1', 'rabbit1', 'disc'],
      ['rabbit2', 'rabbit1', 'ram'],
    ]);
  });

  it('counts the messages of a quorum queue as they are, and knows whose application is stopped', async () => {
    const connection = await connect(lab, 'counter');
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('ledger', { arguments: { 'x-queue-type': 'quorum' } });
    for (const body of ['a', 'b', 'c']) channel.sendToQueue('ledger', Buffer.from(body));
    await channel.waitForConfirms();
    await channel.get('ledger');
    const { queues } = await lab.snapshot();
    assert.deepEqual(
      queues.map(({ ready, unacked }) => [ready, unacked]),
      [[2, 1]],
    );
    await connection.close();
    await lab.sh`rabbitmqctl -n rabbit2 stop_app`;
    const { nodes } = await lab.snapshot();
    assert.deepEqual(
      nodes.map(({ state }) => state),
      ['running', 'app stopped'],
    );
    assert.equal(lab.trace.events.findLast(({ node }) => node === 'rabbit2')?.type, 'node.stopped');
  });
});
