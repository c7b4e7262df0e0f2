// `npm run bench`: Warren beside a real RabbitMQ on this machine, in one run, taking turns, so that what else the machine
// does falls on both. Prints medians and writes every run to .warren/bench/. The figures are not judged; the exit code is
// 1 only when a broker lost messages or a run failed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BENCHMARKS, GROUPS } from './benchmarks.mjs';
import { BROKER_NAMES, startBroker, stopAllBrokers, WORK_FOLDER } from './brokers.mjs';
import { spawnNode } from './children.mjs';
import { CLUSTER_NAMES, startCluster, stopAllClusters } from './clusters.mjs';
import { UNDER_LOAD } from './failover.mjs';
import { renderBenchmark, summarise } from './report.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const LOADGEN = path.join(here, 'loadgen.mjs');
const START_LAB = path.join(here, 'start-lab.mjs');

/** What rows are measured on: which there are, and what starts one. */
const SUBJECTS = {
  broker: { names: BROKER_NAMES, start: startBroker },
  cluster: { names: CLUSTER_NAMES, start: startCluster },
  // Each run starts its own.
  lab: { names: CLUSTER_NAMES, start: async (name) => ({ name, version: null, stop: async () => undefined }) },
};

const NAMES = [...BENCHMARKS.map((benchmark) => benchmark.name), ...Object.keys(GROUPS)];
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
  const named = values.only === undefined ? (values.short ? SHORT_NAMES : NAMES) : namesOf(values.only, NAMES);
  const chosen = named.flatMap((name) => GROUPS[name] ?? name);
  return {
    benchmarks: BENCHMARKS.filter((benchmark) => chosen.includes(benchmark.name)),
    runs: numberOf('runs', values.short ? 3 : 5),
    seconds: numberOf('seconds', values.short ? 1 : 5),
    brokers: namesOf(values.brokers, BROKER_NAMES),
    host: url === undefined ? null : { name: 'host', url, pid: values.pid, version: null },
  };
}

function measure(benchmark, subject, seconds) {
  if (benchmark.on === 'lab') return figuresOf([START_LAB, subject.name, ...(benchmark.processes ? ['--processes'] : [])]);
  if (benchmark.on === 'cluster') return measureCluster(benchmark, subject, seconds);
  return benchmark.restart ? measureRestart(benchmark, subject) : generate(benchmark.workload, benchmark, subject, seconds);
}

/** Fills a queue, kills the broker, and starts it again on its data. */
async function measureRestart(benchmark, broker) {
  const { sent } = await generate('fill', benchmark, broker, 1);
  const startMs = await broker.restart();
  const { found } = await generate('count', benchmark, broker, 1);
  return { startMs, found, lost: sent - found };
}

/** Clients are at the first node; where that one is killed, its queues have clients at the second. */
async function measureCluster(benchmark, { nodes }, seconds) {
  const [first, second] = nodes;
  const pid = nodes.map((node) => node.pid).join(',');
  if (!benchmark.kills) return generate(benchmark.workload, benchmark, { url: first.url, pid }, seconds);
  let killed = null;
  const kill = () => (killed = first.kill());
  try {
    return await generate(benchmark.workload, benchmark, { url: second.url, home: first.url }, seconds, kill);
  } finally {
    await killed;
    if (killed !== null) await first.start();
  }
}

/** One run of the load generator. */
function generate(workload, benchmark, { url, pid, home }, seconds, whenLoaded) {
  const args = [LOADGEN, url, workload, '--seconds', String(seconds), '--size', String(benchmark.size)];
  if (pid !== undefined) args.push('--pid', String(pid));
  if (home !== undefined) args.push('--home', home);
  return figuresOf(args, whenLoaded);
}

/** Runs a script in a process of its own; resolves with the figures that it prints, rejects with what it complained about. */
function figuresOf(args, whenLoaded) {
  return new Promise((resolve, reject) => {
    const child = spawnNode(args);
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) child[stream].on('data', (text) => (output[stream] += text));
    child.stdout.on('data', (text) => {
      if (text.includes(UNDER_LOAD)) whenLoaded?.();
    });
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output.stdout.replace(UNDER_LOAD, '')));
      else reject(new Error(output.stderr.trim()));
    });
  });
}

/** All runs of one benchmark: by broker name, the figures of each run. The brokers take turns, and turns at being first. */
async function runBenchmark(benchmark, subjects, { runs, seconds }) {
  const results = Object.fromEntries(subjects.map((subject) => [subject.name, []]));
  // The null broker keeps no messages, so it has no backlog to measure.
  const able = subjects.filter(
    ({ name }) => benchmark.brokers?.includes(name) ?? (name !== 'null' || benchmark.workload !== 'backlog'),
  );
  for (let run = 0; run < runs; run++) {
    for (let turn = 0; turn < able.length; turn++) {
      const subject = able[(run + turn) % able.length];
      showProgress(`${benchmark.name}: run ${run + 1} of ${runs}, ${subject.name}`);
      const measured = benchmark.fresh && subject.name !== 'host' ? await startBroker(subject.name) : subject;
      try {
        results[subject.name].push(await measure(benchmark, measured, seconds));
      } catch (error) {
        throw new Error(`${benchmark.name} on ${subject.name}: ${error.message}`);
      } finally {
        if (measured !== subject) await measured.stop();
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

async function startAll(kind, names) {
  const { names: known, start } = SUBJECTS[kind];
  const subjects = [];
  for (const name of names.filter((wanted) => known.includes(wanted))) {
    try {
      subjects.push(await start(name));
    } catch (error) {
      throw new Error(`${name} cannot be measured: ${error.message}`);
    }
  }
  return subjects;
}

async function main() {
  const options = readOptions();
  const started = new Date();
  fs.mkdirSync(WORK_FOLDER, { recursive: true });
  const [cpu] = os.cpus();
  const machine = { cpu: cpu?.model, cores: os.cpus().length, platform: process.platform, node: process.version };
  console.log(
    `${machine.cores} x ${machine.cpu}, ${machine.platform}; medians of ${options.runs} runs of ${options.seconds} s\n`,
  );
  const report = {
    started: started.toISOString(),
    machine,
    runs: options.runs,
    seconds: options.seconds,
    brokers: {},
    benchmarks: [],
  };
  let lost = false;
  for (const kind of Object.keys(SUBJECTS)) {
    const benchmarks = options.benchmarks.filter(({ on = 'broker' }) => on === kind);
    if (benchmarks.length > 0) lost = (await runKind(kind, benchmarks, options, report)) || lost;
  }
  const file = path.join(WORK_FOLDER, `${report.started.replaceAll(':', '-')}.json`);
  fs.writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`every run: ${path.relative(process.cwd(), file)}`);
  return lost ? 1 : 0;
}

/** All rows that are measured on one kind of subject. Returns whether anything was lost. */
async function runKind(kind, benchmarks, options, report) {
  const subjects = await startAll(kind, options.brokers);
  if (kind === 'broker' && options.host !== null) subjects.push(options.host);
  for (const { name, version } of subjects) if (version !== null) report.brokers[name] = version;
  const versions = subjects.map(({ name, version }) => `${name}${version === null ? '' : ` (${version})`}`).join(', ');
  console.log(`${kind}: ${versions}\n`);
  let lost = false;
  for (const benchmark of benchmarks) {
    const results = await runBenchmark(benchmark, subjects, options);
    const measured = Object.entries(results).filter(([, runs]) => runs.length > 0);
    const summaries = Object.fromEntries(measured.map(([name, runs]) => [name, summarise(benchmark, runs)]));
    console.log(`${renderBenchmark(benchmark, summaries).join('\n')}\n`);
    lost ||= Object.values(summaries).some((summary) => summary.lost.some((count) => count !== 0));
    report.benchmarks.push({ name: benchmark.name, summaries, results });
  }
  for (const subject of subjects) if (subject !== options.host) await subject.stop();
  return lost;
}

async function stopAll() {
  await Promise.all([stopAllBrokers(), stopAllClusters()]);
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
