// What the load generator can do, one function a workload. Each gets a context { url, home, seconds, size, count,
// pids, onFailure } and resolves with the figures of one run. `lost` other than 0 means that the broker lost messages or
// confirms, or invented some.
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { Client } from './client.mjs';
import { ConfirmWindow } from './confirms.mjs';
import { failover } from './failover.mjs';
import { percentile } from './statistics.mjs';
import { cpuNs, diskWrittenBytes, residentBytes } from './usage.mjs';
import { publishFrames } from './wire.mjs';

const TRANSIENT = 1;
const PERSISTENT = 2;
/** A run is over when everything arrived, or when nothing has arrived for so long. */
const STALLED_MS = 10_000;

export const WORKLOADS = {
  transient,
  persistent: (context) => persistent(context, 'load'),
  // By its name a policy mirrors it.
  mirrored: (context) => persistent(context, 'mirrored'),
  quorum: (context) => persistent(context, 'quorum'),
  'failover-quorum': (context) => failover({ ...context, kind: 'quorum' }),
  'failover-mirrored': (context) => failover({ ...context, kind: 'mirrored' }),
  fanout,
  topic: (context) => topic(context, repeatedKeys),
  'topic-new-keys': (context) => topic(context, newKeys),
  backlog,
  idle,
  latency,
  fill,
  count,
};

/** What `fill` leaves and `count` finds. */
const KEPT_QUEUE = 'kept over a restart';

/** One publisher, one consumer without acknowledgements. */
async function transient(context) {
  const [publisher, consumer] = await connectTwo(context);
  const queue = ownName('load');
  await publisher.declareQueue(queue);
  await consumer.consume(queue, { noAck: true });
  return flow(context, { publisher, consumer, batches: repeatedKeys(context, publisher, '', [queue]) });
}

/** Persistent messages to a durable queue, at most 2,000 unconfirmed; the consumer acknowledges every hundredth. */
async function persistent(context, kind) {
  const [publisher, consumer] = await connectTwo(context);
  const queue = ownName(kind);
  await publisher.declareQueue(queue, { durable: true, quorum: kind === 'quorum' });
  await publisher.confirmSelect();
  await consumer.prefetch(1000);
  consumer.onDelivery = (tag) => {
    if (tag % 100 === 0) consumer.ackUpTo(tag);
  };
  await consumer.consume(queue, { noAck: false });
  const batches = repeatedKeys(context, publisher, '', [queue], PERSISTENT);
  const writtenBefore = diskWrittenBytes(context.pids);
  const result = await flow(context, { publisher, consumer, batches, window: new ConfirmWindow(2000) });
  const written = writtenBefore === null ? null : diskWrittenBytes(context.pids) - writtenBefore;
  await publisher.deleteQueue(queue);
  return { ...result, writtenPerOctet: written === null ? null : written / (result.sent * context.size) };
}

/** A fanout exchange with ten queues, all consumed over one connection. */
async function fanout(context) {
  const [publisher, consumer] = await connectTwo(context);
  const exchange = ownName('fanout');
  await publisher.declareExchange(exchange, 'fanout');
  const copies = 10;
  for (let i = 0; i < copies; i++) {
    const queue = ownName(`load-${i}`);
    await publisher.declareQueue(queue);
    await publisher.bind(queue, exchange, '');
    await consumer.consume(queue, { noAck: true });
  }
  return flow(context, { publisher, consumer, copies, batches: repeatedKeys(context, publisher, exchange, ['']) });
}

/** A hundred queues with ten patterns each; every key matches one pattern of one queue. */
async function topic(context, makeBatches) {
  const [publisher, consumer] = await connectTwo(context);
  const exchange = ownName('topic');
  await publisher.declareExchange(exchange, 'topic');
  const keys = [];
  for (let i = 0; i < 100; i++) {
    const queue = ownName(`load-${i}`);
    await publisher.declareQueue(queue);
    for (let j = 0; j < 10; j++) await publisher.bind(queue, exchange, j % 2 === 0 ? `r${i}.#.z${j}` : `r${i}.*.k${j}`);
    await consumer.consume(queue, { noAck: true });
    keys.push(`r${i}.${KEY_COUNTER}.k${1 + 2 * (i % 5)}`);
  }
  return flow(context, { publisher, consumer, batches: makeBatches(context, publisher, exchange, keys) });
}

/** `count` messages into a queue that nobody consumes; memory is read when the broker has counted them; then they are drained. */
async function backlog(context) {
  const { count, pids, onFailure } = context;
  const [publisher, consumer] = await connectTwo(context);
  const queue = ownName('load');
  await publisher.declareQueue(queue);
  const batches = repeatedKeys(context, publisher, '', [queue]);
  const cpuBefore = cpuNs(pids);
  const started = performance.now();
  let sent = 0;
  while (sent < count) {
    sent += batches.size;
    if (!publisher.write(batches.next())) await publisher.drained();
  }
  const queued = await untilSettled(sent, () => publisher.countMessages(queue));
  if (queued !== sent) onFailure(`${sent} messages were published, but the broker has queued ${queued}`);
  const publishSeconds = secondsSince(started);
  const rssBytes = residentBytes(pids);
  const drainStarted = performance.now();
  await consumer.consume(queue, { noAck: true });
  await untilSettled(sent, () => consumer.delivered);
  const drainSeconds = secondsSince(drainStarted);
  return {
    sent,
    delivered: consumer.delivered,
    lost: sent - consumer.delivered,
    publishPerSec: sent / publishSeconds,
    drainPerSec: consumer.delivered / drainSeconds,
    cpuNsPerMessage: cpuBefore === null ? null : (cpuNs(pids) - cpuBefore) / sent,
    rssBytes,
  };
}

/** Leaves `count` persistent messages, all confirmed, in a durable queue. */
async function fill(context) {
  const { count, url, onFailure, size } = context;
  const publisher = await Client.connect(url, onFailure);
  await publisher.declareQueue(KEPT_QUEUE, { durable: true });
  await publisher.confirmSelect();
  const window = new ConfirmWindow(2000);
  publisher.onConfirm = (tag, multiple) => window.confirm(tag, multiple);
  const batches = repeatedKeys(context, publisher, '', [KEPT_QUEUE], PERSISTENT);
  let sent = 0;
  for (; sent < count; sent += batches.size) {
    await window.untilRoomFor(batches.size);
    window.send(batches.size);
    if (!publisher.write(batches.next())) await publisher.drained();
  }
  await untilSettled(sent, () => window.confirmed);
  return { sent, size, lost: sent - window.confirmed };
}

/** How many messages `fill` has left. */
async function count({ url, onFailure }) {
  const client = await Client.connect(url, onFailure);
  return { found: await client.countMessages(KEPT_QUEUE), lost: 0 };
}

/** `count` connections that do nothing. */
async function idle(context) {
  const { url, pids, count, onFailure } = context;
  const rssBeforeBytes = residentBytes(pids);
  const started = performance.now();
  const clients = [];
  while (clients.length < count) {
    // In groups, since a listener's backlog is a few hundred connections.
    const group = Array.from({ length: Math.min(50, count - clients.length) });
    clients.push(...(await Promise.all(group.map(() => Client.connect(url, { onFailure, channel: false })))));
  }
  const connectPerSec = count / secondsSince(started);
  const rssBytes = residentBytes(pids);
  const grownBytes = rssBytes === null ? null : rssBytes - rssBeforeBytes;
  return { lost: 0, connections: clients.length, connectPerSec, grownBytes, rssBytes };
}

/** Time from publish to confirm of a persistent message to a durable queue, one at a time. */
async function latency(context) {
  const publisher = await Client.connect(context.url, context);
  const queue = ownName('load');
  await publisher.declareQueue(queue, { durable: true });
  await publisher.confirmSelect();
  const window = new ConfirmWindow(1);
  publisher.onConfirm = (tag, multiple) => window.confirm(tag, multiple);
  const message = publishFrames(1, '', queue, Buffer.alloc(context.size, 'x'), PERSISTENT, publisher.frameMax);
  const timesMs = [];
  const cpuBefore = cpuNs(context.pids);
  const started = performance.now();
  const until = started + context.seconds * 1000;
  for (let now = started; now < until; now = performance.now()) {
    window.send(1);
    publisher.write(message);
    await window.untilRoomFor(1);
    timesMs.push(performance.now() - now);
  }
  const seconds = secondsSince(started);
  const cpu = cpuBefore === null ? null : (cpuNs(context.pids) - cpuBefore) / timesMs.length;
  await publisher.deleteQueue(queue);
  return {
    sent: window.sent,
    lost: window.sent - window.confirmed,
    confirmsPerSec: window.confirmed / seconds,
    p50Ms: percentile(timesMs, 50),
    p99Ms: percentile(timesMs, 99),
    maxMs: percentile(timesMs, 100),
    cpuNsPerMessage: cpu,
  };
}

/** Publishes for the agreed time, waits for the last delivery and counts. Rates are over the whole time. */
async function flow({ seconds, pids, onFailure }, { publisher, consumer, batches, copies = 1, window = null }) {
  if (window !== null) {
    publisher.onConfirm = (tag, multiple) => {
      try {
        window.confirm(tag, multiple);
      } catch (error) {
        onFailure(error.message);
      }
    };
  }
  const cpuBefore = cpuNs(pids);
  const started = performance.now();
  const sent = await publish(publisher, batches, started + seconds * 1000, window);
  await untilSettled(sent * copies, () => consumer.delivered);
  if (window !== null) await untilSettled(sent, () => window.confirmed);
  const elapsed = secondsSince(started);
  const { delivered } = consumer;
  return {
    sent,
    delivered,
    lost: sent * copies - delivered + (window === null ? 0 : sent - window.confirmed),
    publishPerSec: sent / elapsed,
    deliverPerSec: delivered / elapsed,
    cpuNsPerMessage: cpuBefore === null ? null : (cpuNs(pids) - cpuBefore) / delivered,
    rssBytes: residentBytes(pids),
  };
}

async function publish(publisher, batches, until, window) {
  let sent = 0;
  for (let written = 1; performance.now() < until; written++) {
    if (window !== null) {
      await window.untilRoomFor(batches.size);
      window.send(batches.size);
    }
    const more = publisher.write(batches.next());
    sent += batches.size;
    if (!more) await publisher.drained();
    // The consumer shares this thread and must get its turn even when the socket swallows everything at once.
    else if (written % 4 === 0) await nextTurn();
  }
  return sent;
}

/** Resolves with the count as soon as it is what is wanted, or when it no longer grows. */
async function untilSettled(wanted, readCount) {
  let last = await readCount();
  let lastGrowth = performance.now();
  while (last < wanted && performance.now() - lastGrowth < STALLED_MS) {
    await delay(2);
    const count = await readCount();
    if (count > last) lastGrowth = performance.now();
    last = count;
  }
  return last;
}

/** How many messages one write carries: enough to make the call cheap, few enough to stay within a socket's buffer. */
function batchSize(bodySize, most) {
  return Math.max(1, Math.min(most, Math.floor(65_536 / (bodySize + 60))));
}

/** Batches made once and written again and again; each holds one key only, and the keys take turns. */
function repeatedKeys(context, publisher, exchange, keys, deliveryMode = TRANSIENT) {
  // With confirms the window is filled in small steps, so that the pipeline does not run empty.
  const size = batchSize(context.size, deliveryMode === PERSISTENT ? 100 : 200);
  const body = Buffer.alloc(context.size, 'x');
  const batches = keys.map((key) => {
    const message = publishFrames(1, exchange, key, body, deliveryMode, publisher.frameMax);
    return Buffer.concat(Array(size).fill(message));
  });
  let turn = 0;
  return { size, next: () => batches[turn++ % batches.length] };
}

/** What a topic key has between its dots; `newKeys` writes a hexadecimal number over it. */
const KEY_COUNTER = '00000000';
const HEX_DIGITS = Buffer.from('0123456789abcdef');

/** No two messages have the same key: a number in each is changed in a copy of the batch made beforehand. */
export function newKeys(context, publisher, exchange, keys) {
  const body = Buffer.alloc(context.size, 'x');
  const size = Math.min(keys.length, batchSize(context.size, keys.length));
  const messages = keys.slice(0, size).map((key) => publishFrames(1, exchange, key, body, TRANSIENT, publisher.frameMax));
  const template = Buffer.concat(messages);
  const places = [];
  for (let at = template.indexOf(KEY_COUNTER); at !== -1; at = template.indexOf(KEY_COUNTER, at + 1)) places.push(at);
  let number = 0;
  const next = () => {
    // A fresh copy each time: the one before may still wait in the socket.
    const batch = Buffer.allocUnsafeSlow(template.length);
    template.copy(batch);
    for (const place of places) {
      number++;
      for (let digit = 0; digit < 8; digit++) batch[place + digit] = HEX_DIGITS[(number >>> (28 - 4 * digit)) & 15];
    }
    return batch;
  };
  return { size, next };
}

function connectTwo({ url, onFailure }) {
  return Promise.all([Client.connect(url, { onFailure }), Client.connect(url, { onFailure })]);
}

function ownName(what) {
  return `${what}-${process.pid}`;
}

function secondsSince(started) {
  return (performance.now() - started) / 1000;
}
