import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import * as amqp from 'amqplib';
import { createBroker } from '../../lib/broker/broker';
import { findRabbitmqServer, RabbitmqServer } from '../../lib/lab/rabbitmq-server';
import { LiveWorld } from '../../lib/world/live';

const CERTIFICATES = path.join(__dirname, '../certificates');
const pem = (name: string): string => fs.readFileSync(path.join(CERTIFICATES, name), 'utf8');
const CA = pem('ca.pem');
const KNOWN = 'CN=billing,O=Example';

/** A broker with an amqps listener that asks clients for certificates, and with the user KNOWN. */
interface Secured {
  readonly port: number;
  stop(): Promise<void>;
}

async function warren(): Promise<Secured> {
  const broker = createBroker(new LiveWorld(), { nodeName: 'rabbit1' });
  broker.access.addUser(KNOWN, 'never typed');
  broker.access.setPermissions('/', KNOWN, { configure: '.*', write: '.*', read: '.*' });
  const tls = { cert: pem('server.pem'), key: pem('server.key'), cacert: CA, verifyPeer: true };
  const port = await new Promise<number>((resolve, reject) => {
    const ready = (error: Error | null, bound: { port: number } | null): void =>
      bound === null ? reject(error) : resolve(bound.port);
    broker.listen({ host: '127.0.0.1', port: 0 }, ready, tls);
  });
  return { port, stop: () => new Promise((resolve) => broker.stop(resolve)) };
}

async function rabbitmq(): Promise<Secured> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as net.AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const config = [
    `listeners.ssl.1 = 127.0.0.1:${port}`,
    `ssl_options.cacertfile = ${CERTIFICATES}/ca.pem`,
    `ssl_options.certfile = ${CERTIFICATES}/server.pem`,
    `ssl_options.keyfile = ${CERTIFICATES}/server.key`,
    'ssl_options.verify = verify_peer',
    'ssl_options.fail_if_no_peer_cert = false',
    ...['PLAIN', 'AMQPLAIN', 'EXTERNAL'].map((mechanism, i) => `auth_mechanisms.${i + 1} = ${mechanism}`),
  ];
  const plugins = ['rabbitmq_auth_mechanism_ssl'];
  const server = await RabbitmqServer.start({ name: 'secured', config: config.join('\n'), plugins });
  await server.ctl(['add_user', KNOWN, 'never typed']);
  await server.ctl(['set_permissions', KNOWN, '.*', '.*', '.*']);
  return { port, stop: () => server.dispose() };
}

const BROKERS = { warren, rabbitmq };

for (const [name, start] of Object.entries(BROKERS)) {
  const missing = name === 'rabbitmq' && findRabbitmqServer() === null;
  (missing ? describe.skip : describe)(`amqps on ${name}`, function () {
    this.timeout(60_000);
    let secured: Secured;

    before(async () => {
      secured = await start();
    });

    after(() => secured.stop());

    const certificate = (who: string): object => ({ cert: pem(`${who}.pem`), key: pem(`${who}.key`), ca: [CA] });
    const external = (who: string): object => ({ ...certificate(who), credentials: amqp.credentials.external() });
    const connect = (options: object): Promise<amqp.ChannelModel> =>
      amqp.connect(`amqps://localhost:${secured.port}?heartbeat=0`, options);

    it('lets a client in by password, without a certificate of its own', async () => {
      const connection = await connect({ ca: [CA] });
      const channel = await connection.createChannel();
      const { queue } = await channel.assertQueue('', { exclusive: true });
      channel.sendToQueue(queue, Buffer.alloc(300_000, 'x'));
      const message = await new Promise<amqp.ConsumeMessage | null>((resolve) => void channel.consume(queue, resolve));
      assert.equal(message?.content.length, 300_000);
      await connection.close();
    });

    it('EXTERNAL lets a client in as the distinguished name of its certificate, the most specific part first', async () => {
      const connection = await connect(external('client'));
      const channel = await connection.createConfirmChannel();
      const { queue } = await channel.assertQueue('', { exclusive: true });
      // user-id is checked against who the client is.
      channel.sendToQueue(queue, Buffer.from('m'), { userId: KNOWN });
      await channel.waitForConfirms();
      await connection.close();
    });

    it('EXTERNAL without a certificate is refused', async () => {
      await assert.rejects(connect({ ca: [CA], credentials: amqp.credentials.external() }));
    });

    it('refuses a certificate that nobody known has signed', async () => {
      await assert.rejects(connect(external('stranger')));
    });
  });
}
