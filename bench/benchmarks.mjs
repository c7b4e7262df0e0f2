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
const START = { key: 'startMs', title: 'start ms', format: whole, better: 'less' };
const FLOW = [DELIVERIES, CPU, MEMORY];
const KEPT_FLOW = [...FLOW, WRITTEN];
const PAUSES = [
  { key: 'p99Ms', title: 'p99 ms', format: whole, better: 'less' },
  { key: 'p50Ms', title: 'p50 ms', format: whole, better: 'less' },
  { key: 'answeredPerSec', title: 'answers/s', format: whole, better: 'more' },
  { key: 'refused', title: 'refused', format: whole, better: 'less' },
];

/**
 * The first of `figures` is the one that is compared. `expected`: limits of figures by key, and the multiple of RabbitMQ's
 * first figure. `on`: three nodes that are one cluster, or a lab that each run starts; otherwise a single broker. `brokers`: only
 * these can do it. `fresh`: each run gets a broker that has done nothing before, since memory is measured; `restart`: what is
 * measured is the broker's start. `kills`: the first node is killed under load. `processes`: of a lab. `short`: also part of a
 * short benchmark.
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
    figures: [START, { key: 'found', title: 'messages', format: whole, better: 'more' }],
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
  { name: 'quorum', on: 'cluster', workload: 'quorum', size: 16, figures: KEPT_FLOW, expected: { multiple: 3 } },
  { name: 'mirrored', on: 'cluster', workload: 'mirrored', size: 16, figures: KEPT_FLOW, expected: { multiple: 3 } },
  {
    name: 'failover-quorum',
    on: 'cluster',
    workload: 'failover-quorum',
    size: 16,
    kills: true,
    figures: PAUSES,
    expected: { multiple: 1 },
  },
  {
    name: 'failover-mirrored',
    on: 'cluster',
    workload: 'failover-mirrored',
    size: 16,
    kills: true,
    figures: PAUSES,
    expected: { multiple: 1 },
  },
  {
    name: 'lab-start',
    on: 'lab',
    workload: 'lab-start',
    size: 0,
    brokers: ['warren'],
    short: true,
    figures: [START],
    expected: { startMs: 150 },
  },
  {
    name: 'lab-start-processes',
    on: 'lab',
    workload: 'lab-start-processes',
    size: 0,
    processes: true,
    figures: [START],
    expected: { startMs: 1500 },
  },
];

/** Names for several rows. */
export const GROUPS = {
  cluster: BENCHMARKS.filter(({ on }) => on !== undefined).map(({ name }) => name),
};

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
  quorum: 'as persistent, on a quorum queue with members in three processes; clients at the leader',
  mirrored: 'as persistent, on a queue that is mirrored in three processes; clients at its home',
  'failover-quorum': 'kill -9 of the leader of 20 quorum queues under load: how long their publishers on another node wait',
  'failover-mirrored': 'kill -9 of the home of 20 mirrored queues under load: how long their publishers on another node wait',
  'lab-start': 'Lab.start() of three nodes that are one cluster, in the process of the caller',
  'lab-start-processes': 'Lab.start() of three nodes that are one cluster, a process each',
};
