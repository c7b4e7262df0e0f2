import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as amqp from 'amqplib';
import type { Broker } from '../../../lib/broker/broker';
import { createBroker } from '../../../lib/broker/broker';
import { LiveWorld } from '../../../lib/world/live';

const pem = (name: string): string => fs.readFileSync(path.join(__dirname, '../../certificates', name), 'utf8');
const CA = pem('ca.pem');

describe('amqps', () => {
  let broker: Broker;

  afterEach(() => new Promise<void>((resolve) => broker.stop(resolve)));

  async function listening(options: {
    failIfNoPeerCert?: boolean;
    loginFrom?: 'common_name' | 'distinguished_name';
    user: string;
  }): Promise<string> {
    const { failIfNoPeerCert = false, loginFrom = 'distinguished_name', user } = options;
    broker = createBroker(new LiveWorld(), { nodeName: 'rabbit1', sslCertLoginFrom: loginFrom });
    broker.access.addUser(user, 'never typed');
    broker.access.setPermissions('/', user, { configure: '', write: '', read: '' });
    const tls = { cert: pem('server.pem'), key: pem('server.key'), cacert: CA, verifyPeer: true, failIfNoPeerCert };
    return new Promise((resolve, reject) => {
      const ready = (error: Error | null, bound: { port: number } | null): void =>
        bound === null ? reject(error) : resolve(`amqps://localhost:${bound.port}?heartbeat=0`);
      broker.listen({ host: '127.0.0.1', port: 0 }, ready, tls);
    });
  }

  const certificate = (name: string): object => ({ cert: pem(`${name}.pem`), key: pem(`${name}.key`), ca: [CA] });

  it('lets a client in by password, without a certificate of its own', async () => {
    const url = await listening({ user: 'O=Example,CN=nobody' });
    const connection = await amqp.connect(url, { ca: [CA] });
    assert.equal((await connection.createChannel()) !== null, true);
    await connection.close();
  });

  for (const [loginFrom, user] of [
    ['distinguished_name', 'CN=billing,O=Example'],
    ['common_name', 'billing'],
  ] as const) {
    it(`EXTERNAL lets a client in as the ${loginFrom} of its certificate`, async () => {
      const url = await listening({ user, loginFrom });
      const connection = await amqp.connect(url, { ...certificate('client'), credentials: amqp.credentials.external() });
      const [snapshot] = broker.snapshot('/', 0).connections;
      assert.equal(snapshot?.user, user);
      await connection.close();
    });
  }

  it('EXTERNAL refuses a name that is no user', async () => {
    const url = await listening({ user: 'CN=somebody else' });
    const options = { ...certificate('client'), credentials: amqp.credentials.external() };
    await assert.rejects(amqp.connect(url, options), /ACCESS_REFUSED|403/);
  });

  it('refuses a certificate that nobody known has signed', async () => {
    const url = await listening({ user: 'CN=billing,O=Example' });
    const options = { ...certificate('stranger'), credentials: amqp.credentials.external() };
    await assert.rejects(amqp.connect(url, options));
    assert.deepEqual(broker.snapshot('/', 0).connections, []);
  });

  it('refuses a client without a certificate where one is asked for', async () => {
    const url = await listening({ user: 'CN=billing,O=Example', failIfNoPeerCert: true });
    await assert.rejects(amqp.connect(url, { ca: [CA] }));
  });
});
