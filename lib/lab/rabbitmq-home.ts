/**
 * The ground that nodes of a real RabbitMQ stand on: a HOME folder with one Erlang cookie, and an `epmd` (the name
 * server of Erlang nodes) on a port of its own. Nodes that share a home can form a cluster; nodes of different homes, and
 * a RabbitMQ that the machine runs for other purposes, never see each other.
 * Nothing of it stays behind, however this process ends: guard.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port';
import { Guard } from './guard';

/** How a process of the home is started. */
export interface HomeProcess {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** File that standard output and error are appended to. */
  readonly log: string;
}

export class RabbitmqHome {
  /** HOME of every process of this home; removed by {@link dispose}. */
  readonly folder: string;
  readonly epmdPort: number;
  readonly #guard: Guard;
  #epmd: ChildProcess | null = null;

  private constructor(folder: string, epmdPort: number) {
    this.folder = folder;
    this.epmdPort = epmdPort;
    this.#guard = new Guard(folder);
  }

  /**
   * Makes the folder, with its cookie, in `parent`, and starts epmd. Rejects when epmd (package erlang-base) is not on PATH.
   */
  static async create(parent: string = os.tmpdir()): Promise<RabbitmqHome> {
    // Three nodes that start together on an empty home would each invent a cookie, so it is made beforehand.
    const folder = fs.mkdtempSync(path.join(parent, 'warren-'));
    fs.writeFileSync(path.join(folder, '.erlang.cookie'), randomBytes(15).toString('base64url'), { mode: 0o400 });
    const home = new RabbitmqHome(folder, await freePort());
    try {
      await home.#startEpmd();
    } catch (error) {
      await home.dispose();
      throw error;
    }
    return home;
  }

  /**
   * What every process of this home finds in its environment. Settings of the machine's own RabbitMQ are left out: they
   * would move this one's name, folder or port.
   */
  environment(): NodeJS.ProcessEnv {
    const own = Object.entries(process.env).filter(([name]) => !/^(RABBITMQ_|ERL_|NOTIFY_SOCKET$)/.test(name));
    return {
      ...Object.fromEntries(own),
      HOME: this.folder,
      LC_ALL: 'C.UTF-8',
      ERL_EPMD_PORT: String(this.epmdPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
    };
  }

  /** Starts a process in a group of its own (group id = its pid), which the guard kills should this process die. */
  async spawn(what: HomeProcess): Promise<ChildProcess> {
    const log = fs.openSync(what.log, 'a');
    const child = spawn(what.command, what.args, { detached: true, env: what.env, stdio: ['ignore', log, log] });
    fs.closeSync(log);
    // A forgotten server must not keep this process from ending; the guard sees to the server.
    child.unref();
    this.watch(child);
    await once(child, 'spawn');
    return child;
  }

  /** The guard kills the process group that `child` leads, should this process die first. */
  watch(child: ChildProcess): void {
    this.#guard.watch(child);
  }

  /** Stops epmd and the guard and removes the folder. The nodes must have ended before. */
  async dispose(): Promise<void> {
    if (this.#epmd !== null) await killGroup(this.#epmd);
    this.#epmd = null;
    this.#guard.leave();
    // A node that was killed leaves helpers behind for a moment, and they may still write into the folder.
    fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  async #startEpmd(): Promise<void> {
    const log = path.join(this.folder, 'epmd.log');
    const args = ['-port', String(this.epmdPort), '-address', '127.0.0.1'];
    const epmd = await this.spawn({ command: 'epmd', args, env: this.environment(), log }).catch(() => {
      throw new Error('epmd was not found on PATH; it comes with Erlang (Debian: apt-get install erlang-base).');
    });
    this.#epmd = epmd;
    while (!(await accepts(this.epmdPort))) {
      if (hasEnded(epmd)) throw new Error(`epmd did not start on port ${this.epmdPort}: ${fs.readFileSync(log, 'utf8').trim()}`);
      await delay(10);
    }
  }
}

/** Kills a process that {@link RabbitmqHome.spawn} started and all that it started, and waits for its end. */
export async function killGroup(leader: ChildProcess): Promise<void> {
  if (leader.pid === undefined || hasEnded(leader)) return;
  const ended = once(leader, 'exit');
  leader.ref();
  process.kill(-leader.pid, 'SIGKILL');
  await ended;
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy());
    socket.once('error', () => {});
    socket.once('close', (hadError) => resolve(!hadError));
  });
}
