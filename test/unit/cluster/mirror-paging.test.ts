// Promise under test: mirrors and what they are told from may be longer than memory; nothing is lost by that, nor out of order.
import { strict as assert } from 'node:assert';
import { ClassicQueue } from '../../../lib/broker/queue/classic';
import { publish, type SimClients, sleep, withCluster } from './sim-clients';

const AUTOMATIC = { 'ha-mode': 'all', 'ha-sync-mode': 'automatic' };
const TWO = ['a', 'b'];
const COUNT = 300;
const BODY = 20_000;
/** Room for a fifth of the messages. */
const MEMORY = 1_200_000;

function shelvedOn(clients: SimClients, node: string): number {
  const queue = clients.node(node).broker.vhosts.get('/')?.queues.get('ha-q');
  assert.ok(queue instanceof ClassicQueue, `ha-q does not live on ${node}`);
  return queue.stock.shelved;
}

async function fill(clients: SimClients, durable: boolean): Promise<void> {
  const b = await clients.open('b');
  await b.assertQueue('ha-q', { durable });
  const confirmed = Array.from(
    { length: COUNT },
    (_, i) =>
      new Promise<void>((resolve, reject) => {
        const body = Buffer.from(`${i} ${'.'.repeat(BODY)}`);
        b.sendToQueue('ha-q', body, { persistent: durable }, (error) => (error === null ? resolve() : reject(error)));
      }),
  );
  await Promise.all(confirmed);
}

/** Numbers of the messages, in order; with `*` where they are redelivered. */
async function drained(clients: SimClients, node: string): Promise<string[]> {
  const channel = await clients.open(node);
  await channel.prefetch(20);
  const got: string[] = [];
  await channel.consume('ha-q', (message) => {
    if (message === null) return;
    got.push(`${message.content.toString().split(' ', 1)[0]}${message.fields.redelivered ? '*' : ''}`);
    channel.ack(message);
  });
  while (got.length < COUNT) await sleep(10);
  await sleep(100);
  return got;
}

const ALL_AGAIN = Array.from({ length: COUNT }, (_, i) => `${i}*`);

describe('a mirror of a queue longer than memory', function () {
  this.timeout(30_000);

  for (const durable of [true, false]) {
    it(`is promoted with everything, in order, redelivered; ${durable ? 'durable' : 'transient'}`, async () => {
      const program = async (clients: SimClients): Promise<void> => {
        clients.policy('a', AUTOMATIC);
        const b = await clients.open('b');
        await b.assertQueue('ha-q', { durable });
        await clients.settled('ha-q', 'b (a+)', TWO);
        await fill(clients, durable);
        clients.node('b').crash();
        await clients.settled('ha-q', 'a ()', ['a']);
        assert.ok(shelvedOn(clients, 'a') > COUNT / 2);
        assert.deepEqual(await drained(clients, 'a'), ALL_AGAIN);
      };
      await withCluster(1, program, TWO, MEMORY);
    });

    it(`is brought up to date from the shelf; ${durable ? 'durable' : 'transient'}`, async () => {
      const program = async (clients: SimClients): Promise<void> => {
        await fill(clients, durable);
        assert.ok(shelvedOn(clients, 'b') > COUNT / 5);
        clients.policy('a', AUTOMATIC);
        await clients.settled('ha-q', 'b (a+)', TWO);
        clients.node('b').crash();
        await clients.settled('ha-q', 'a ()', ['a']);
        assert.deepEqual(await drained(clients, 'a'), ALL_AGAIN);
      };
      await withCluster(2, program, TWO, MEMORY);
    });
  }

  it('calls its messages redelivered also after an orderly restart of the node that was promoted', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      clients.policy('a', AUTOMATIC);
      const b = await clients.open('b');
      await b.assertQueue('ha-q', { durable: true });
      await clients.settled('ha-q', 'b (a+)', TWO);
      await fill(clients, true);
      clients.node('b').crash();
      await clients.settled('ha-q', 'a ()', ['a']);
      const a = await clients.open('a');
      assert.deepEqual(await publish(a, 'ha-q', 'late', 1), { acks: 1, nacks: 0 });
      await clients.stop('a');
      await clients.start('a');
      await clients.settled('ha-q', 'a ()', ['a']);
      assert.deepEqual((await drained(clients, 'a')).slice(0, COUNT), ALL_AGAIN);
    };
    await withCluster(3, program, TWO, MEMORY);
  });
});
