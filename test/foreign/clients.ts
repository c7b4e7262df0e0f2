/** The clients whose checks are scripts in their own language, and how each is got where it is not installed. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { load } from '../unit/tools/load';
import { onPath, run } from './processes';
import { ROOT } from './warren-command';

/** Runs a script on the broker at a port: `command ...args PORT`. */
export interface Client {
  readonly command: string;
  readonly args: readonly string[];
}

/** Why a client cannot be had here, in one line. */
export class NotHere extends Error {}

/** Made once, not committed; whoever deletes it gets it made again. */
const FOREIGN = path.join(ROOT, '.warren', 'foreign');
const PIKA = '1.4.4';

interface PythonTools {
  findPython(): Promise<{ executable: string }>;
}
interface RunTools {
  run(log: string, command: string, args: string[], options: { what: string }): Promise<void>;
}

/** The first Python that has pika, if need be one of our own. Rejects with {@link NotHere}. */
export async function pikaClient(): Promise<Client> {
  const environment = path.join(FOREIGN, 'pika');
  const own = path.join(environment, 'bin', 'python');
  const args = [path.join(__dirname, 'pika_smoke.py')];
  // Debian's package is seen by Debian's Python alone, which a version manager may hide.
  for (const command of ['python3', '/usr/bin/python3', own]) {
    if ((await run(command, ['-c', 'import pika'])).exitCode === 0) return { command, args };
  }
  await installing('pika (Debian: python3-pika)', async (tools) => {
    const { executable } = await (await load<PythonTools>('tools/setup/python.mjs')).findPython();
    fs.rmSync(environment, { recursive: true, force: true });
    await tools.run('pika-venv', executable, ['-m', 'venv', environment], { what: 'Making a Python environment for pika' });
    const install = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--retries', '2', `pika==${PIKA}`];
    await tools.run('pika-pip', own, install, { what: 'Installing pika' });
  });
  return { command: own, args };
}

/** The Java client from Maven. Rejects with {@link NotHere}. */
export async function javaClient(): Promise<Client> {
  const jars = path.join(FOREIGN, 'java');
  for (const command of ['javac', 'mvn']) {
    if (onPath(command) === null)
      throw new NotHere(`there is no ${command} (Debian: apt-get install default-jdk-headless maven)`);
  }
  const pom = path.join(__dirname, 'pom.xml');
  // A pom of another content asks for other jars.
  const stamp = path.join(jars, 'pom.xml');
  if (!fs.existsSync(stamp) || !fs.readFileSync(stamp).equals(fs.readFileSync(pom))) {
    await installing('the Java client', async (tools) => {
      fs.rmSync(jars, { recursive: true, force: true });
      const copy = ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
      await tools.run('java-client', 'mvn', copy, { what: 'Fetching the Java client' });
    });
    fs.copyFileSync(pom, stamp);
  }
  return { command: 'java', args: ['-cp', path.join(jars, '*'), path.join(__dirname, 'Smoke.java')] };
}

async function installing(client: string, install: (tools: RunTools) => Promise<void>): Promise<void> {
  try {
    await install(await load<RunTools>('tools/setup/run.mjs'));
  } catch (error) {
    // What is not trouble of the machine is a mistake of ours.
    if (!(error instanceof Error && 'what' in error)) throw error;
    throw new NotHere(`${client} is not installed and cannot be: ${error.what}`);
  }
}
