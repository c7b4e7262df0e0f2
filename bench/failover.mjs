// The workload `failover`: publishers with confirms on one node, each on a queue of its own that lives on, or is led by, another
// node, which is killed under load. Measured is how long each of them had to wait.
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from './client.mjs';
import { ConfirmWindow } from './confirms.mjs';
import { percentile } from './statistics.mjs';
import { publishFrames } from './wire.mjs';

const PERSISTENT = 2;
const PUBLISHERS = 20;
/** Publishes that one of them has unanswered at most. */
const WINDOW = 10;
/** Load before the kill; queues that were declared just now have all their members or mirrors by then. */
const WARM_UP_MS = 1500;
/** What is not answered by then never is. */
const LIMIT_MS = 60_000;

/** What is printed when the node is to be killed. */
export const UNDER_LOAD = 'under load\n';

class Publisher {
  /** The longest time without an answer since the load is on. */
  pauseMs = 0;
  refused = 0;
  window = new ConfirmWindow(WINDOW);
  publishing = true;
  #client;
  #message;
  #answeredAt = 0;

  constructor(client, queue, size) {
    this.#client = client;
    this.#message = publishFrames(1, '', queue, Buffer.alloc(size, 'x'), PERSISTENT, client.frameMax);
    client.onConfirm = (tag, multiple) => this.#answered(tag, multiple, true);
    client.onRefusal = (tag, multiple) => this.#answered(tag, multiple, false);
  }

  begin() {
    this.#answeredAt = performance.now();
    this.pauseMs = 0;
  }

  fill() {
    const { room } = this.window;
    if (!this.publishing || room === 0) return;
    this.window.send(room);
    this.#client.write(Buffer.concat(Array(room).fill(this.#message)));
  }

  #answered(tag, multiple, kept) {
    const now = performance.now();
    this.pauseMs = Math.max(this.pauseMs, now - this.#answeredAt);
    this.#answeredAt = now;
    const before = this.window.confirmed;
    this.window.confirm(tag, multiple);
    if (!kept) this.refused += this.window.confirmed - before;
    this.fill();
  }
}

/** `url`: the node of the publishers. `home`: the one that is killed when `UNDER_LOAD` is printed. */
export async function failover({ url, home, seconds, size, kind, onFailure }) {
  const names = Array.from({ length: PUBLISHERS }, (_, i) => `${kind}-${process.pid}-${i}`);
  const declarer = await Client.connect(home, { onFailure });
  for (const name of names) await declarer.declareQueue(name, { durable: true, quorum: kind === 'quorum' });
  declarer.close();
  const clients = await Promise.all(names.map(() => Client.connect(url, { onFailure })));
  for (const client of clients) await client.confirmSelect();
  const publishers = names.map((name, i) => new Publisher(clients[i], name, size));
  for (const publisher of publishers) publisher.fill();
  await delay(WARM_UP_MS);
  const started = performance.now();
  const before = sum(publishers, ({ window }) => window.confirmed);
  for (const publisher of publishers) publisher.begin();
  process.stdout.write(UNDER_LOAD);
  await delay(seconds * 1000);
  const answeredPerSec = (sum(publishers, ({ window }) => window.confirmed) - before) / ((performance.now() - started) / 1000);
  for (const publisher of publishers) publisher.publishing = false;
  const open = () => sum(publishers, ({ window }) => window.sent - window.confirmed);
  while (open() > 0 && performance.now() - started < LIMIT_MS) await delay(5);
  for (const [i, client] of clients.entries()) await client.deleteQueue(names[i]);
  const pausesMs = publishers.map(({ pauseMs }) => pauseMs);
  return {
    sent: sum(publishers, ({ window }) => window.sent),
    lost: open(),
    refused: sum(publishers, ({ refused }) => refused),
    answeredPerSec,
    p50Ms: percentile(pausesMs, 50),
    p99Ms: percentile(pausesMs, 99),
  };
}

function sum(items, valueOf) {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
