/** One node of a lab as a process of its own: `warren node` in a process group that ends with the lab. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import type * as net from 'node:net';
import * as path from 'node:path';
import { ControlClient } from '../node/control-client';
import type { RuntimeFolder } from '../node/runtime-folder';
import type { Snapshot } from '../trace/snapshot';
import type { Address } from '../world/world';
import type { EngineNode, EnginePlan } from './engine';
import { empty, type LabFolder } from './lab-folder';

const HOST = '127.0.0.1';
/** Characters of a process's standard error that are told when it ends badly. */
const LAST_WORDS = 4096;
const LISTENS = /listens on amqp:\/\/127\.0\.0\.1:(\d+)\n/;

export class NodeProcess implements EngineNode {
  readonly diskFaults = null;
  readonly nodename: string;
  state: EngineNode['state'] = 'stopped';
  address: Address = { host: HOST, port: 0 };
  private child: ChildProcess | null = null;
  /** Resolves when the last process has ended, and the lab knows. */
  private gone: Promise<void> = Promise.resolve();
  readonly folder: string;
  private readonly control: ControlClient;

  constructor(
    readonly name: string,
    private readonly labFolder: LabFolder,
    private readonly runtime: RuntimeFolder,
    private readonly plan: EnginePlan,
  ) {
    this.nodename = `${name}@localhost`;
    this.folder = labFolder.folder(name);
    this.control = new ControlClient(runtime, this.nodename);
  }

  async start(): Promise<void> {
    const child = this.spawn();
    this.child = child;
    const [stdout, stderr] = [child.stdout as net.Socket, child.stderr as net.Socket];
    let lastWords = '';
    stderr.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-LAST_WORDS);
    });
    const ended = once(child, 'close').then(([code]) => code as number | null);
    const port = await Promise.race([portOf(stdout), ended.then(() => null)]);
    if (port === null) {
      if (this.child === child) this.child = null;
      throw new Error(`${this.name} did not start: ${lastWords.trim()}`);
    }
    this.address = { host: HOST, port };
    this.state = 'running';
    // A forgotten lab must not keep this process from ending; the guard sees to the node.
    for (const handle of [child, stdout, stderr]) handle.unref();
    this.gone = ended.then((code) => this.hasEnded(child, code, lastWords.trim()));
  }

  async stop(): Promise<void> {
    await this.signal('SIGTERM');
    this.state = 'stopped';
  }

  async kill(): Promise<void> {
    await this.signal('SIGKILL');
    this.state = 'killed';
  }

  async pause(): Promise<void> {
    this.child?.kill('SIGSTOP');
    this.state = 'paused';
  }

  async resume(): Promise<void> {
    this.child?.kill('SIGCONT');
    this.state = 'running';
  }

  alarm(resource: 'memory' | 'disk', on: boolean): Promise<void> {
    return this.control.setAlarm(resource, on);
  }

  async loseDisk(): Promise<void> {
    empty(this.folder);
  }

  /** Its part of what the lab looks like; null if it does not run. */
  async snapshot(vhost: string, at: number): Promise<Snapshot | null> {
    return this.state === 'running' ? this.control.snapshot(vhost, at) : null;
  }

  /** Waits for the end of a process that a tool has stopped. */
  async ifEnding(): Promise<void> {
    if (this.child === null || this.state === 'paused' || this.runtime.holder(this.nodename) !== null) return;
    await this.gone;
  }

  /** At the end of the lab, `orderly` if clients should be told. */
  async end(orderly: boolean): Promise<void> {
    if (this.state === 'paused') await this.resume();
    await (orderly ? this.stop() : this.kill());
  }

  private spawn(): ChildProcess {
    const args = ['node', '--name', this.nodename, '--host', HOST, '--port', '0', '--data', this.folder, '--log', '-'];
    const child = spawn(process.execPath, [...program(), ...args], {
      detached: true,
      env: { ...withoutRabbitmq(process.env), WARREN_RUNTIME_DIR: this.labFolder.folder('run'), ...this.configured() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.labFolder.guard.watch(child);
    return child;
  }

  /** The settings of the lab, as a file for the process. */
  private configured(): NodeJS.ProcessEnv {
    const settings = Object.entries(this.plan.config);
    if (settings.length === 0) return {};
    const file = path.join(this.labFolder.folder('run'), 'rabbitmq.conf');
    fs.writeFileSync(file, settings.map(([name, value]) => `${name} = ${value}\n`).join(''));
    return { RABBITMQ_CONFIG_FILE: file };
  }

  /** Where it listens for other nodes. */
  get peerAddress(): Address {
    return this.runtime.peer(this.nodename) ?? { host: HOST, port: 0 };
  }

  /** Sends a signal that ends the process, and waits for its end. */
  private async signal(name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child === null) return;
    // From here on its end is no surprise.
    this.child = null;
    const ended = once(child, 'exit');
    child.ref();
    child.kill(name);
    if (child.exitCode === null && child.signalCode === null) await ended;
  }

  private hasEnded(child: ChildProcess, code: number | null, lastWords: string): void {
    if (this.child !== child) return;
    this.child = null;
    this.state = code === 0 ? 'stopped' : 'killed';
    if (code !== 0) console.error(`${this.name} has ended: ${lastWords || `exit code ${code}`}`);
    this.plan.fell(this.name);
  }
}

/** The port that a node says it listens on; what it prints afterwards is thrown away. */
function portOf(stdout: net.Socket): Promise<number> {
  let printed = '';
  return new Promise((resolve) => {
    stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const port = LISTENS.exec(printed)?.[1];
      if (port === undefined) return;
      stdout.removeAllListeners('data').resume();
      resolve(Number(port));
    });
  });
}

/** What `node` runs: compiled, or from source where this file is run from source. */
function program(): string[] {
  const { dir, ext } = path.parse(__filename);
  const entry = path.join(dir, '..', 'cli', `warren${ext}`);
  return ext === '.ts' ? ['-r', path.join(dir, '..', '..', 'tools', 'typescript.cjs'), entry] : [entry];
}

/** Settings of this machine's own RabbitMQ would move the node's folders or its configuration. */
function withoutRabbitmq(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(environment).filter(([name]) => !/^(RABBITMQ_|npm_command$)/.test(name));
  return Object.fromEntries(own);
}
