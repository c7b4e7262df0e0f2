/**
 * Bubblewrap: all namespaces are the sandbox's own, its file system is empty but for Node, amqplib and the answer, its user has
 * no rights, its network is a loopback of its own. It dies with the grader, and with it all that it has started.
 */
import { spawnSync, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import type { Writable } from 'node:stream';
import { spawnGrouped } from './cgroup';
import { door, INSIDE, layoutOf, ownUser, programOf, SHARED_MEMORY_BYTES, SYSTEM, TMP_BYTES, type Shown } from './layout';
import { RUNNER_FOLDER } from './places';
import { countsApart, limited } from './rlimits';
import { STDIO, type Limits, type Room, type SandboxKind, type SandboxSpec } from './sandbox';
import { systemCallFilter } from './seccomp';

/** Nobody's number, on Debian and elsewhere. */
const NOBODY = '65534';

/**
 * How the program comes to be somebody without rights. `user`: root mounts, and the program runs under a number that nothing on
 * this machine belongs to. `namespace`: bubblewrap makes a user namespace, in which the caller is nobody; its files are still
 * the caller's own, so everything is mounted read-only.
 */
type Way = 'user' | 'namespace';

export const BUBBLEWRAP: SandboxKind = {
  isolation: 'bubblewrap',
  inside: () => INSIDE,
  open,
};

let way: Way | null | undefined;

/** Whether `bwrap` is there and may make namespaces here. */
export function bubblewrapWorks(): boolean {
  return wayHere() !== null;
}

/** The tightest way that works on this machine, tried out once. */
function wayHere(): Way | null {
  if (way === undefined) {
    const ways: readonly Way[] = process.getuid?.() === 0 ? ['user', 'namespace'] : ['namespace'];
    way = ways.find(works) ?? null;
  }
  return way;
}

/** What runs inside must be readable for who runs there: in a private checkout of root's it is for root alone. */
function works(by: Way): boolean {
  const bwrap = programOf('bwrap');
  if (bwrap === null) return false;
  const look = ['/bin/sh', '-c', `exec cat ${INSIDE.runner}/*.cjs`];
  const args = [...base(by), ...bind([RUNNER_FOLDER, INSIDE.runner]), '--', ...as(by), ...look];
  return spawnSync(bwrap, args, { stdio: 'ignore', env: {}, cwd: '/' }).status === 0;
}

function open(spec: SandboxSpec, limits: Limits): Room {
  const by = wayHere() ?? 'namespace';
  const { first, covered, last } = layoutOf(spec);
  const mounts = [
    ...base(by),
    ...first.flatMap(bind),
    ...covered.flatMap((folder) => ['--size', '4096', '--tmpfs', folder]),
    ...last.flatMap(bind),
    ...[...covered, '/dev', '/'].flatMap((folder) => ['--remount-ro', folder]),
    ...['--chdir', '/tmp'],
  ];
  const filter = systemCallFilter();
  const command = limited(as(by), limits, by === 'user' || countsApart());
  // What bwrap is told comes through a pipe, and it has no environment: both could be read inside, at /proc/1.
  const told = ['--args', '5', ...(filter === null ? [] : ['--seccomp', '6'])];
  const bwrap = [programOf('bwrap') ?? 'bwrap', ...told, '--', ...command, ...door(INSIDE, spec)];
  const { child, group } = spawnGrouped(bwrap, limits, { stdio: [...STDIO, 'pipe', 'pipe'], env: {}, cwd: '/' });
  give(child, 5, mounts.map((word) => `${word}\0`).join(''));
  give(child, 6, filter ?? '');
  return { child, group, inside: INSIDE, kill: () => void child.kill('SIGKILL') };
}

function give(child: ChildProcess, descriptor: number, what: string | Buffer): void {
  const pipe = child.stdio[descriptor] as Writable | null | undefined;
  pipe?.on('error', () => undefined);
  pipe?.end(what);
}

function base(by: Way): string[] {
  return [
    ...['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    ...(by === 'namespace' ? ['--unshare-user', '--uid', NOBODY, '--gid', NOBODY] : []),
    ...['--cap-drop', 'ALL'],
    ...(by === 'user' ? ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap((right) => ['--cap-add', right]) : []),
    ...['--hostname', 'box'],
    '--new-session',
    '--die-with-parent',
    '--clearenv',
    // Where Node finds the channel on which the order comes; it takes these away when it starts.
    ...['--setenv', 'NODE_CHANNEL_FD', '3', '--setenv', 'NODE_CHANNEL_SERIALIZATION_MODE', 'json'],
    ...SYSTEM.flatMap(system),
    ...['--proc', '/proc'],
    ...['--dev', '/dev'],
    ...['--perms', '1777', '--size', String(SHARED_MEMORY_BYTES), '--tmpfs', '/dev/shm'],
    ...['--perms', '1777', '--size', String(TMP_BYTES), '--tmpfs', '/tmp'],
  ];
}

/** What the program is started through, so that it is nobody. */
function as(by: Way): string[] {
  if (by === 'namespace') return [];
  return ['/usr/bin/setpriv', ...ownUser(), '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'];
}

function system(folder: string): string[] {
  const found = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (found.isSymbolicLink()) return ['--symlink', fs.readlinkSync(folder), folder];
  return bind([folder, folder]);
}

/** Folders on the way are made first: those that bwrap makes by itself are for root alone. */
function bind([outside, inside]: Shown): string[] {
  const above = inside.split('/').slice(1, -1);
  const way = above.map((_name, index) => `/${above.slice(0, index + 1).join('/')}`);
  return [...way.flatMap((folder) => ['--perms', '0755', '--dir', folder]), '--ro-bind', outside, inside];
}
