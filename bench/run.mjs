// `npm run bench`: Warren beside a real RabbitMQ on this machine, in one run, taking turns, so that what else the machine
// does falls on both. Prints medians and writes every run to .warren/bench/. The figures are not judged; the exit code is
// 1 only when a broker lost messages or a run failed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BENCHMARKS } from './benchmarks.mjs';
import { BROKER_NAMES, startBroker, stopAll, WORK_FOLDER } from './brokers.mjs';
import { spawnNode } from './children.mjs';
import { renderBenchmark, summarise } from './report.mjs';

const LOADGEN = path.join(path.dirname(fileURLToPath(import.meta.url)), 'loadgen.mjs');

const NAMES = BENCHMARKS.map((benchmark) => benchmark.name);
const SHORT_NAMES = BENCHMARKS.filter((benchmark) => benchmark.short).map((benchmark) => benchmark.name);

const USAGE = `usage: npm run bench -- [options]
  --short               runs of 1 s, medians of 3, and only ${SHORT_NAMES.join(', ')}
  --only NAME,...       only these: ${NAMES.join(', ')}
  --runs N              runs of each, of which the median counts (default 5)
  --seconds N           publishing time of a run (default 5)
  --brokers NAME,...    of ${BROKER_NAMES.join(', ')} (default warren,rabbitmq; null is the floor of the machine)
  --host-broker URL     also measures a broker that runs already; --pid PID is its process, for processor time and memory`;

function fail(text) {
  console.error(`bench: ${text}`);
  process.exit(1);
}

function readOptions() {
  const options = {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    runs: { type: 'string' },
    seconds: { type: 'string' },
    brokers: { type: 'string', default: 'warren,rabbitmq' },
    'host-broker': { type: 'string' },
    pid: { type: 'string' },
    help: { type: 'boolean', default: false },
  };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    fail(`${error.message}\n${USAGE}`);
  }
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const numberOf = (name, standard) => {
    const value = Number(values[name] ?? standard);
    if (!(value > 0)) fail(`--${name} takes a number above 0, not '${values[name]}'.`);
    return value;
  };
  const namesOf = (text, known) => {
    const names = text.split(',');
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined) fail(`there is no '${unknown}'; choose from ${known.join(', ')}.`);
    return names;
  };
  const url = values['host-broker'];
  const chosen = values.only === undefined ? (values.short ? SHORT_NAMES : NAMES) : namesOf(values.only, NAMES);
  return {
    benchmarks: BENCHMARKS.filter((benchmark) => chosen.includes(benchmark.name)),
    runs: numberOf('runs', values.short ? 3 : 5),
    seconds: numberOf('seconds', values.short ? 1 : 5),
    brokers: namesOf(values.brokers, BROKER_NAMES),
    host: url === undefined ? null : { name: 'host', url, pid: values.pid, version: null },
  };
}

function measure(benchmark, broker, seconds) {
  return benchmark.restart ? measureRestart(benchmark, broker) : generate(benchmark.workload, benchmark, broker, seconds);
}

/** Fills a queue, kills the broker, and starts it again on its data. */
async function measureRestart(benchmark, broker) {
  const { sent } = await generate('fill', benchmark, broker, 1);
  const startMs = await broker.restart();
  const { found } = await generate('count', benchmark, broker, 1);
  return { startMs, found, lost: sent - found };
}

/** One run in a process of its own; resolves with its figures, rejects with what it complained about. */
function generate(workload, benchmark, broker, seconds) {
  const args = [LOADGEN, broker.url, workload, '--seconds', String(seconds), '--size', String(benchmark.size)];
  if (broker.pid !== undefined) args.push('--pid', String(broker.pid));
  return new Promise((resolve, reject) => {
    const child = spawnNode(args);
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) child[stream].on('data', (text) => (output[stream] += text));
    child.once('close', (code) => (code === 0 ? resolve(JSON.parse(output.stdout)) : reject(new Error(output.stderr.trim()))));
  });
}

/** All runs of one benchmark: by broker name, the figures of each run. The brokers take turns, and turns at being first. */
async function runBenchmark(benchmark, brokers, { runs, seconds }) {
  const results = Object.fromEntries(brokers.map((broker) => [broker.name, []]));
  // The null broker keeps no messages, so it has no backlog to measure.
  const able = brokers.filter((broker) => broker.name !== 'null' || benchmark.workload !== 'backlog');
  for (let run = 0; run < runs; run++) {
    for (let turn = 0; turn < able.length; turn++) {
      const broker = able[(run + turn) % able.length];
      showProgress(`${benchmark.name}: run ${run + 1} of ${runs}, ${broker.name}`);
      const measured = benchmark.fresh && broker.name !== 'host' ? await startBroker(broker.name) : broker;
      try {
        results[broker.name].push(await measure(benchmark, measured, seconds));
      } catch (error) {
        throw new Error(`${benchmark.name} on ${broker.name}: ${error.message}`);
      } finally {
        if (measured !== broker) await measured.stop();
      }
    }
  }
  showProgress('');
  return results;
}

/** One line that the next one replaces, for people; a log gets none of it. */
function showProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function startAll(names) {
  const brokers = [];
  for (const name of names) {
    try {
      brokers.push(await startBroker(name));
    } catch (error) {
      throw new Error(`${name} cannot be measured: ${error.message}`);
    }
  }
  return brokers;
}

async function main() {
  const options = readOptions();
  const started = new Date();
  fs.mkdirSync(WORK_FOLDER, { recursive: true });
  const brokers = await startAll(options.brokers);
  if (options.host !== null) brokers.push(options.host);
  const [cpu] = os.cpus();
  const machine = { cpu: cpu?.model, cores: os.cpus().length, platform: process.platform, node: process.version };
  const versions = brokers.map((broker) => `${broker.name}${broker.version === null ? '' : ` (${broker.version})`}`).join(', ');
  console.log(`${machine.cores} x ${machine.cpu}, ${machine.platform}: ${versions}`);
  console.log(`medians of ${options.runs} runs of ${options.seconds} s\n`);
  const report = {
    started: started.toISOString(),
    machine,
    runs: options.runs,
    seconds: options.seconds,
    brokers: Object.fromEntries(brokers.map((broker) => [broker.name, broker.version])),
    benchmarks: [],
  };
  let lost = false;
  for (const benchmark of options.benchmarks) {
    const results = await runBenchmark(benchmark, brokers, options);
    const measured = Object.entries(results).filter(([, runs]) => runs.length > 0);
    const summaries = Object.fromEntries(measured.map(([name, runs]) => [name, summarise(benchmark, runs)]));
    console.log(`${renderBenchmark(benchmark, summaries).join('\n')}\n`);
    lost ||= Object.values(summaries).some((summary) => summary.lost.some((count) => count !== 0));
    report.benchmarks.push({ name: benchmark.name, summaries, results });
  }
  const file = path.join(WORK_FOLDER, `${report.started.replaceAll(':', '-')}.json`);
  fs.writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`every run: ${path.relative(process.cwd(), file)}`);
  return lost ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => stopAll().finally(() => process.exit(130)));
}
try {
  process.exitCode = await main();
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
} finally {
  await stopAll();
}
