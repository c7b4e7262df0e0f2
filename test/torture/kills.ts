/**
 * Real processes: a node with a data folder, unmodified amqplib clients, kill -9 at a random moment, a new process on the same
 * folder, and a look whether what was promised is there.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { SeededRandom } from '../../lib/world/random';
import { Ledger } from './ledger';
import type { Outcome } from './simulated';
import { audit, Clients } from './traffic';

/** Messages that a node confirms at most before it is killed. */
const CONFIRMS_MAX = 600;
/** A line is printed after so many kills: a thousand take a quarter of an hour. */
const REPORT_EVERY = 100;
/** A folder of more octets than this is given time: in short lives the cleaner does not keep up, and every start reads it all. */
const FOLDER_MAX = 1 << 29;
/** What the cleaner has to bring it down to, and how long it may take, in milliseconds. */
const FOLDER_CLEANED = 1 << 28;
const CLEANING_MAX_MS = 120_000;
/** One life in so many ends in order. */
const ORDERLY_EVERY = 10;

export async function killNodes(kills: number, seed: number): Promise<Outcome> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-torture-'));
  console.log(`torture: seed ${seed}, ${kills} kills`);
  const random = new SeededRandom(seed);
  const ledger = new Ledger();
  let passed = 0;
  try {
    for (let kill = 0; kill < kills; kill++) {
      const node = await startNode(folder);
      const clients = new Clients(node.url, ledger, random);
      const orderly = random.int(ORDERLY_EVERY) === 0;
      try {
        await audit(node.url, ledger);
        if (octetsIn(folder) > FOLDER_MAX) await cleaned(folder);
        await clients.work(random.int(CONFIRMS_MAX));
      } finally {
        await endNode(node.process, orderly ? 'SIGTERM' : 'SIGKILL');
        await clients.gone();
      }
      if (orderly) kill--;
      else if (++passed % REPORT_EVERY === 0) console.log(`torture: ${passed} kills, ${ledger.confirmed} messages confirmed`);
    }
    const last = await startNode(folder);
    await audit(last.url, ledger);
    await endNode(last.process, 'SIGTERM');
  } catch (error) {
    console.log(`torture: failed after ${passed} kills; the folder is left: ${folder}\n${(error as Error).stack}`);
    return { passed, failed: 1 };
  }
  fs.rmSync(folder, { recursive: true });
  const { published, confirmed, acknowledged, cameBack } = ledger;
  console.log(
    `torture: ${published} published, ${confirmed} confirmed, ${acknowledged} acknowledged, ${cameBack} came back redelivered`,
  );
  return { passed, failed: 0 };
}

function octetsIn(folder: string): number {
  let sum = 0;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    // The cleaner may have removed it meanwhile.
    if (entry.isFile()) sum += fs.statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return sum;
}

/** Once the node has given back the space of what was acknowledged. Rejects if it does not. */
async function cleaned(folder: string): Promise<void> {
  const limit = Date.now() + CLEANING_MAX_MS;
  while (octetsIn(folder) > FOLDER_CLEANED) {
    if (Date.now() > limit) throw new Error(`a node left alone keeps ${octetsIn(folder)} octets; what is queued is far less`);
    await setTimeout(100);
  }
}

export async function startNode(folder: string): Promise<{ process: ChildProcess; url: string }> {
  const node = fork(path.join(__dirname, 'node.cjs'), [folder], { execArgv: [], silent: true });
  let said = '';
  node.stderr?.on('data', (text) => {
    said += text;
  });
  const port = await Promise.race([
    once(createInterface({ input: node.stdout as NodeJS.ReadableStream }), 'line').then(([line]) =>
      Number(String(line).split(' ')[1]),
    ),
    once(node, 'exit').then(([code]) => Promise.reject(new Error(`the node did not start (${code}): ${said}`))),
  ]);
  return { process: node, url: `amqp://127.0.0.1:${port}?heartbeat=0` };
}

export async function endNode(node: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (node.exitCode !== null || node.signalCode !== null) throw new Error(`the node ended by itself (${node.exitCode})`);
  const exited = once(node, 'exit');
  process.kill(node.pid as number, signal);
  await exited;
}
