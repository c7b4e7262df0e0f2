// The rows of the benchmark: which workload at which size, what its figures are called, and what is expected of Warren.
// The expectations are the project's own, on a machine with two cores: as absolute values, and as multiples of
// RabbitMQ 3.10.8 beside it. They are printed with the result and decide nothing.

const whole = (value) => Math.round(value).toLocaleString('en-US');
const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
const milliseconds = (value) => value.toFixed(2);

/** `key` is the figure's name in the load generator's output; `better` says which direction is. */
const DELIVERIES = { key: 'deliverPerSec', title: 'deliveries/s', format: whole, better: 'more' };
const CPU = { key: 'cpuNsPerMessage', title: 'CPU ns/message', format: whole, better: 'less' };
const MEMORY = { key: 'rssBytes', title: 'RSS MB', format: megabytes, better: 'less' };
/** Octets given to the disk for each octet of message body. */
const WRITTEN = { key: 'writtenPerOctet', title: 'written/octet', format: (value) => value.toFixed(2), better: 'less' };
const FLOW = [DELIVERIES, CPU, MEMORY];
const KEPT_FLOW = [...FLOW, WRITTEN];

/**
 * The first of `figures` is the one that is compared. `expected`: limits of figures by key, and the multiple of RabbitMQ's
 * first figure. `fresh`: each run gets a broker that has done nothing before, since memory is measured; `restart`: what is
 * measured is the broker's start. `short`: also
 * part of a short benchmark.
 */
export const BENCHMARKS = [
  {
    name: 'transient',
    workload: 'transient',
    size: 16,
    short: true,
    figures: FLOW,
    expected: { deliverPerSec: 1_000_000, cpuNsPerMessage: 900, multiple: 8 },
  },
  { name: 'transient-1k', workload: 'transient', size: 1024, figures: FLOW, expected: { deliverPerSec: 450_000, multiple: 4 } },
  {
    name: 'fanout',
    workload: 'fanout',
    size: 16,
    short: true,
    figures: FLOW,
    expected: { deliverPerSec: 1_500_000, multiple: 15 },
  },
  { name: 'topic', workload: 'topic', size: 16, short: true, figures: FLOW, expected: { deliverPerSec: 800_000, multiple: 15 } },
  { name: 'topic-new-keys', workload: 'topic-new-keys', size: 16, figures: FLOW, expected: { deliverPerSec: 400_000 } },
  {
    name: 'persistent',
    workload: 'persistent',
    size: 16,
    short: true,
    figures: KEPT_FLOW,
    expected: { deliverPerSec: 400_000, multiple: 6 },
  },
  {
    name: 'persistent-1k',
    workload: 'persistent',
    size: 1024,
    figures: KEPT_FLOW,
    expected: { deliverPerSec: 120_000, multiple: 3 },
  },
  {
    name: 'latency',
    workload: 'latency',
    size: 16,
    figures: [
      { key: 'p50Ms', title: 'p50 ms', format: milliseconds, better: 'less' },
      { key: 'p99Ms', title: 'p99 ms', format: milliseconds, better: 'less' },
      { key: 'confirmsPerSec', title: 'confirms/s', format: whole, better: 'more' },
    ],
    expected: { p50Ms: 1, p99Ms: 5 },
  },
  {
    name: 'backlog',
    workload: 'backlog',
    size: 16,
    fresh: true,
    figures: [
      MEMORY,
      { key: 'publishPerSec', title: 'publishes/s', format: whole, better: 'more' },
      { key: 'drainPerSec', title: 'drained/s', format: whole, better: 'more' },
    ],
    expected: { rssBytes: 250e6 },
  },
  {
    name: 'restart',
    workload: 'fill',
    size: 16,
    fresh: true,
    restart: true,
    figures: [
      { key: 'startMs', title: 'start ms', format: whole, better: 'less' },
      { key: 'found', title: 'messages', format: whole, better: 'more' },
    ],
    expected: { startMs: 5000 },
  },
  {
    name: 'idle',
    workload: 'idle',
    size: 0,
    fresh: true,
    // What the connections add: a Node process with nothing in it is resident with 45 MB already.
    figures: [
      { key: 'grownBytes', title: 'grown by MB', format: megabytes, better: 'less' },
      MEMORY,
      { key: 'connectPerSec', title: 'connects/s', format: whole, better: 'more' },
    ],
    expected: { grownBytes: 60e6 },
  },
];

/** What a row measures, in words. */
export const DESCRIPTIONS = {
  transient: 'one publisher, one consumer without acknowledgements',
  fanout: 'one fanout exchange to ten queues',
  topic: '100 queues with 10 patterns each, 100 keys that repeat',
  'topic-new-keys': '100 queues with 10 patterns each, every key is new',
  persistent: 'durable queue, confirms (window 2,000), prefetch 1,000, an ack for every 100',
  latency: 'publish to confirm, persistent, one at a time',
  backlog: '1,000,000 messages in one queue',
  fill: 'kill -9 and start with 1,000,000 persistent messages in a queue',
  idle: '1,000 connections that do nothing',
};
