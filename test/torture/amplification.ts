/**
 * Write amplification: what the storage of a node writes for what it is given. Most messages are acknowledged at once, some stay
 * long among them, so the cleaner has to copy; segments are small, so that it has as much to do as on a large disk.
 */
import amqp from 'amqplib';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { StorageFigures } from '../../lib/storage/log-storage';
import { SeededRandom } from '../../lib/world/random';
import { endNode, startNode } from './kills';
import type { Outcome } from './simulated';

const MESSAGES = 12_000;
const UNCONFIRMED_MAX = 100;
/** One message in so many stays. */
const STAYS_EVERY = 4;
/** So many of those are there at a time; then any of them goes. */
const STAYING = 1000;
const SIZES = [16, 200, 1000, 5000, 20_000];
/** More than this means that the cleaner copies more than it should (cleaner.ts: each octet about once). */
const AMPLIFICATION_MAX = 2.5;

export async function measureAmplification(seed: number): Promise<Outcome> {
  console.log(`torture: seed ${seed}, write amplification over ${MESSAGES} messages`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-torture-'));
  const node = await startNode(folder);
  const told = once(node.process, 'message');
  await traffic(node.url, new SeededRandom(seed));
  await endNode(node.process, 'SIGTERM');
  const [{ given, written, syncs }] = (await told) as [StorageFigures];
  fs.rmSync(folder, { recursive: true });
  const megabytes = (octets: number): string => (octets / 1e6).toFixed(1);
  const ratio = written / given;
  const sums = `${megabytes(given)} MB given, ${megabytes(written)} MB written in ${syncs} syncs`;
  console.log(`torture: ${sums}: ${ratio.toFixed(2)} octets for one`);
  return ratio <= AMPLIFICATION_MAX ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function traffic(url: string, random: SeededRandom): Promise<void> {
  const connection = await amqp.connect(url);
  const publisher = await connection.createConfirmChannel();
  const consumer = await connection.createChannel();
  for (const queue of ['passing', 'staying']) await publisher.assertQueue(queue, { durable: true });
  const staying: amqp.ConsumeMessage[] = [];
  await consumer.consume('passing', (message) => message !== null && consumer.ack(message));
  await consumer.consume('staying', (message) => {
    if (message === null) return;
    staying.push(message);
    if (staying.length <= STAYING) return;
    consumer.ack(staying.splice(random.int(staying.length), 1)[0] as amqp.ConsumeMessage);
  });
  for (let i = 0; i < MESSAGES; i++) {
    const body = Buffer.alloc(SIZES[random.int(SIZES.length)] as number, 'x');
    publisher.sendToQueue(random.int(STAYS_EVERY) === 0 ? 'staying' : 'passing', body, { persistent: true });
    if (i % UNCONFIRMED_MAX === UNCONFIRMED_MAX - 1) await publisher.waitForConfirms();
  }
  await connection.close();
}
