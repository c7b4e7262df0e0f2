// The load generator: one run of one workload against one broker, in a process of its own so that the broker's thread is
// the one that is measured. Prints one line of JSON and exits 0; exits 1 with a sentence when the broker refuses.
//
//   node bench/loadgen.mjs amqp://guest:guest@127.0.0.1:5672/ WORKLOAD [--seconds 5] [--size 16] [--count N] [--pid PID,...]
//
// --size: bytes of a body. --count: messages of `backlog` (1,000,000), connections of `idle` (1,000). --pid: the broker's
// processes, for their processor time and memory. --home URL: the node of the queues of `failover-...`, which prints a line when
// that node is to be killed.
import { parseArgs } from 'node:util';
import { WORKLOADS } from './workloads.mjs';

/** Longer than any workload takes after its publishing time; then the broker is taken to hang. */
const GRACE_SECONDS = 180;

function fail(text) {
  console.error(`loadgen: ${text}`);
  process.exit(1);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '5' },
    size: { type: 'string', default: '16' },
    count: { type: 'string' },
    pid: { type: 'string' },
    home: { type: 'string' },
  },
});
const [url, name] = positionals;
const workload = WORKLOADS[name];
if (url === undefined || workload === undefined) {
  fail(`usage: loadgen.mjs amqp://user:password@host:port/vhost ${Object.keys(WORKLOADS).join('|')} [options]`);
}
const seconds = Number(values.seconds);
const context = {
  url,
  seconds,
  size: Number(values.size),
  count: Number(values.count ?? (name === 'idle' ? 1000 : 1_000_000)),
  pids: values.pid === undefined ? [] : values.pid.split(',').map(Number),
  home: values.home,
  onFailure: fail,
};
setTimeout(() => fail(`${name} has not ended after ${seconds + GRACE_SECONDS} s`), (seconds + GRACE_SECONDS) * 1000).unref();
const result = await workload(context);
// An open connection would keep the process alive; the line must be out before it ends.
process.stdout.write(`${JSON.stringify({ workload: name, size: context.size, ...result })}\n`, () => process.exit(0));
