/**
 * A control group of the kernel around a sandbox (cgroups(7), both versions): its memory, what lies in its /tmp included, and
 * its tasks are bounded at every moment, not from one look to the next, and nothing that it has started can leave it. Groups can
 * be made by root, and by a user to whom systemd has given a part of the tree. Elsewhere there are none: the limits of each
 * process (rlimits.ts) and the watch (watch.ts) hold alone.
 */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { SHARED_MEMORY_BYTES, TMP_BYTES } from './layout';
import { TASKS_A_PROCESS } from './rlimits';
import type { Limits } from './sandbox';

const ROOT = '/sys/fs/cgroup';
const CONTROLLERS = ['memory', 'pids'] as const;
/** bwrap, or unshare, and what they start with. */
const TASKS_AROUND = 8;
/** What has been killed is gone a moment later; only then can its group be removed. */
const REMOVE = { everyMs: 5, times: 40 } as const;

const ENTER = 'while [ "$1" != -- ]; do echo 0 > "$1/cgroup.procs"; shift; done 2>/dev/null; shift; exec "$@"';

const NAME = /^warren-(\d+)-\d+$/;

/** Where groups are made: a folder for each hierarchy (version 1), or one. Null: nowhere. Tried out once. */
let places: readonly string[] | null | undefined;

export class ControlGroup {
  private static made = 0;
  private static readonly open = new Set<ControlGroup>();
  private readonly folders: readonly string[];
  private starved = false;

  private constructor(at: readonly string[], limits: Limits) {
    const name = `warren-${process.pid}-${++ControlGroup.made}`;
    this.folders = at.map((folder) => path.join(folder, name));
    try {
      for (const folder of this.folders) prepare(folder, limits);
    } catch (error) {
      for (const folder of this.folders) removeNow(folder);
      throw error;
    }
    ControlGroup.open.add(this);
  }

  /** Null where this user may make none, or the system has no room for one more. */
  static make(limits: Limits): ControlGroup | null {
    if (places === undefined) places = ControlGroup.placesHere();
    if (places === null) return null;
    try {
      return new ControlGroup(places, limits);
    } catch {
      return null;
    }
  }

  /** Those of processes that are no more, and what this one has left, are removed. */
  private static placesHere(): readonly string[] | null {
    const found = placesOfVersion2() ?? placesOfVersion1();
    if (found === null || !ControlGroup.works(found)) return null;
    for (const folder of found) sweep(folder);
    process.once('exit', () => {
      for (const group of ControlGroup.open) {
        group.kill();
        for (const folder of group.folders) removeNow(folder);
      }
    });
    return found;
  }

  /** What is written in /sys may still be refused. */
  private static works(at: readonly string[]): boolean {
    try {
      const group = new ControlGroup(at, { cpuMs: 0, wallMs: 0, memoryMiB: 64, processes: 1, outputBytes: 0 });
      const [program = '', ...args] = group.around(['/bin/cat', '/proc/self/cgroup']);
      const { stdout } = spawnSync(program, args, { encoding: 'utf8', env: {} });
      void group.end();
      const name = path.basename(group.folders[0] ?? '');
      return stdout.split('\n').filter((line) => line.endsWith(`/${name}`)).length >= at.length;
    } catch {
      return false;
    }
  }

  /** The command, started inside; also if that should fail: the group is not the only fence. */
  around(command: readonly string[]): string[] {
    return ['/bin/sh', '-c', ENTER, 'enter', ...this.folders, '--', ...command];
  }

  /** Whether the kernel has ended one of its processes because together they used too much memory. */
  get outOfMemory(): boolean {
    this.starved ||= this.folders
      .flatMap((folder) => ['memory.events', 'memory.oom_control'].map((name) => path.join(folder, name)))
      .some((file) => /^oom_kill [1-9]/m.test(read(file)));
    return this.starved;
  }

  kill(): void {
    const pids = this.folders.slice(0, 1).flatMap((folder) => read(path.join(folder, 'cgroup.procs')).split('\n').map(Number));
    for (const pid of pids) {
      try {
        // 0 stands for a process that cannot be named from here; to kill(2) it means everybody in our own process group.
        if (pid > 0) process.kill(pid, 'SIGKILL');
      } catch {
        // Gone already.
      }
    }
  }

  /** Ends all that is still inside, and removes the group. Resolves with whether it is gone. */
  async end(): Promise<boolean> {
    // Read while it can be.
    void this.outOfMemory;
    for (let times = REMOVE.times; times > 0; times--) {
      this.kill();
      if (await this.removed()) return true;
      await setTimeout(REMOVE.everyMs, null, { ref: false });
    }
    return false;
  }

  /** Not at once: the kernel lets whoever asks wait. */
  private async removed(): Promise<boolean> {
    const gone = await Promise.all(this.folders.map((folder) => fs.promises.rmdir(folder).then(() => true, isMissing)));
    const all = gone.every(Boolean);
    if (all) ControlGroup.open.delete(this);
    return all;
  }
}

/** Starts a command in a group of its own, which ends with it. */
export function spawnGrouped(
  command: readonly string[],
  limits: Limits,
  options: SpawnOptions,
): { readonly child: ChildProcess; readonly group: ControlGroup | null } {
  const group = ControlGroup.make(limits);
  const [program = '', ...args] = group?.around(command) ?? command;
  const child = spawn(program, args, options);
  child.once('exit', () => void group?.end());
  return { child, group };
}

/** Memory that a program may have, MiB: what may be resident, and what it may write to its /tmp, which lies in memory. */
export function memoryBoundMiB({ memoryMiB }: Limits): number {
  return memoryMiB + (TMP_BYTES + SHARED_MEMORY_BYTES) / (1 << 20);
}

function prepare(folder: string, limits: Limits): void {
  fs.mkdirSync(folder);
  for (const [setting, value] of settings(limits)) {
    const file = path.join(folder, setting);
    if (fs.existsSync(file)) fs.writeFileSync(file, String(value));
  }
}

/** By the names of both versions, in the order in which they must be written; those of a hierarchy are found there. */
function settings(limits: Limits): [setting: string, value: number][] {
  const bytes = memoryBoundMiB(limits) * (1 << 20);
  return [
    ['memory.limit_in_bytes', bytes],
    ['memory.memsw.limit_in_bytes', bytes],
    ['memory.max', bytes],
    ['memory.swap.max', 0],
    ['pids.max', limits.processes * TASKS_A_PROCESS + TASKS_AROUND],
  ];
}

/** Where both controllers are passed on: this process's own group, or the nearest above it that may have more than one child. */
function placesOfVersion2(): readonly string[] | null {
  const own = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup'))?.[1];
  if (own === undefined || !fs.existsSync(path.join(ROOT, 'cgroup.controllers'))) return null;
  for (let group = own; ; group = path.dirname(group)) {
    const folder = path.join(ROOT, group);
    const passed = read(path.join(folder, 'cgroup.subtree_control')).trim().split(' ');
    if (CONTROLLERS.every((each) => passed.includes(each)) && writable(folder)) return [folder];
    if (group === '/') return null;
  }
}

/** Beside this process's own groups of both hierarchies; in a container these may be the roots of what is mounted. */
function placesOfVersion1(): readonly string[] | null {
  const lines = read('/proc/self/cgroup').split('\n');
  const found = CONTROLLERS.flatMap((controller) => {
    const line = lines.find((each) => each.split(':')[1]?.split(',').includes(controller));
    const own = line?.split(':').slice(2).join(':');
    if (own === undefined) return [];
    return [path.join(ROOT, controller, own), path.join(ROOT, controller)].filter(writable).slice(0, 1);
  });
  return found.length === CONTROLLERS.length ? found : null;
}

/** A process that was killed could remove nothing. */
function sweep(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const [, pid] = NAME.exec(name) ?? [];
    if (pid !== undefined && !fs.existsSync(`/proc/${pid}`)) removeNow(path.join(folder, name));
  }
}

function removeNow(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch {
    // Somebody is still in it, or it is gone already.
  }
}

function isMissing(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ENOENT';
}

function writable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return fs.existsSync(path.join(folder, 'cgroup.procs'));
  } catch {
    return false;
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
