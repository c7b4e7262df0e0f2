/**
 * Without bubblewrap: the same room, built by util-linux. `unshare` makes the namespaces, a shell in them mounts what may be seen
 * and turns to it (pivot_root(2)), and gives up all rights before anything of the answer runs. What it lacks beside bubblewrap
 * is the filter of system calls: started by root, it can make namespaces of its own.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { spawnGrouped } from './cgroup';
import { door, INSIDE, layoutOf, ownUser, programOf, SHARED_MEMORY_BYTES, SYSTEM, TMP_BYTES } from './layout';
import { RUNNER_FOLDER } from './places';
import { countsApart, limited } from './rlimits';
import { STDIO, type Limits, type Room, type SandboxKind, type SandboxSpec } from './sandbox';

/**
 * Reads words from its arguments up to `--`: `show OUTSIDE INSIDE`, `link TARGET INSIDE`, `cover FOLDER`; then comes the command.
 * $own: the user namespace is the sandbox's, and is to be the last one. The new root is built
 * on /sys, where nothing lies that is to be shown. Flags that the old mounts have must be kept when one is made read-only
 * (mount_namespaces(7)), so several are tried.
 */
const BUILD = `
set -e
r=/sys
mount -t tmpfs -o size=1m,mode=755 box $r
mkdir $r/proc $r/dev $r/dev/shm $r/tmp $r/box $r/etc $r/old
place() {
  if [ -d "$1" ]; then mkdir -p "$r$2"; else mkdir -p "$(dirname "$r$2")"; : > "$r$2"; fi
  mount --rbind "$1" "$r$2"
}
sealed() {
  for f in nosuid,nodev nosuid nodev nosuid,nodev,noexec relatime; do
    mount -o "remount,bind,ro,$f" "$1" 2>/dev/null && return
  done
  return 1
}
while [ "$1" != -- ]; do
  case $1 in
    show) place "$2" "$3"; sealed "$r$3"; shift 3 ;;
    link) mkdir -p "$(dirname "$r$3")"; ln -s "$2" "$r$3"; shift 3 ;;
    cover) mount -t tmpfs -o size=4k,mode=755 box "$r$2"; shift 2 ;;
  esac
done
shift
for d in null zero full random urandom; do : > $r/dev/$d; mount --bind /dev/$d $r/dev/$d; done
ln -s /proc/self/fd $r/dev/fd
mount -t tmpfs -o size=${SHARED_MEMORY_BYTES},mode=1777 box $r/dev/shm
mount -t tmpfs -o size=${TMP_BYTES},mode=1777 box $r/tmp
mount -t proc -o nosuid,nodev,noexec proc $r/proc
up='socket(S,2,2,0)||die;$r=pack("a16s x22","lo",73);ioctl(S,0x8914,$r)||die'
ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || perl -e "$up"
[ "$own" = yes ] && echo 0 > /proc/sys/user/max_user_namespaces
cd $r
pivot_root . old
umount -l /old
rmdir /old
mount -o remount,bind,ro /
cd /tmp
exec "$@"
`;

const UNSHARE = ['--mount', '--pid', '--net', '--ipc', '--uts', '--cgroup', '--fork', '--kill-child=KILL'];
const OWN_USERS = ['--user', '--map-root-user'];
/** Who becomes another user would outlive the parent (prctl(2)): so it is said again, behind that. */
const RIGHTS = [
  '--pdeathsig=KILL',
  '--inh-caps=-all',
  '--bounding-set=-all',
  '--securebits=+noroot,+noroot_locked',
  '--no-new-privs',
];

export const NAMESPACES: SandboxKind = {
  isolation: 'namespaces',
  inside: () => INSIDE,
  open,
};

let works: boolean | undefined;

/** Whether everything that it takes is there and allowed here, tried out once. */
export function namespacesWork(): boolean {
  works ??= tried();
  return works;
}

function tried(): boolean {
  const words = [...SYSTEM.flatMap(system), 'show', RUNNER_FOLDER, INSIDE.runner];
  const [program, ...args] = entry(words, ['/bin/sh', '-c', `exec cat ${INSIDE.runner}/*.cjs`]);
  return program !== undefined && spawnSync(program, args, { stdio: 'ignore', env: ENVIRONMENT, cwd: '/' }).status === 0;
}

/** Root needs no user namespace to build, and the program becomes somebody else: the kernel counts no tasks of root. */
const AS_ROOT = process.getuid?.() === 0;

/** The shell that builds finds its tools by it. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', own: AS_ROOT ? 'no' : 'yes' };

/** Dies with its parent, as all inside dies with it. */
function entry(words: readonly string[], command: readonly string[]): string[] {
  const unshare = [programOf('unshare') ?? 'unshare', ...UNSHARE, ...(AS_ROOT ? [] : OWN_USERS)];
  const setpriv = programOf('setpriv') ?? 'setpriv';
  const somebody = AS_ROOT ? ownUser() : [];
  const build = [
    '/bin/sh',
    '-c',
    BUILD,
    'build',
    ...words,
    '--',
    setpriv,
    ...somebody,
    ...RIGHTS,
    '/usr/bin/env',
    '-i',
    // Where Node finds the channel on which the order comes; it takes these away when it starts.
    'NODE_CHANNEL_FD=3',
    'NODE_CHANNEL_SERIALIZATION_MODE=json',
    ...command,
  ];
  return [setpriv, '--pdeathsig=KILL', ...unshare, ...build];
}

function open(spec: SandboxSpec, limits: Limits): Room {
  const { first, covered, last } = layoutOf(spec);
  const words = [
    ...SYSTEM.flatMap(system),
    ...first.flatMap((shown) => ['show', ...shown]),
    ...covered.flatMap((folder) => ['cover', folder]),
    ...last.flatMap((shown) => ['show', ...shown]),
  ];
  const command = [...limited([], limits, AS_ROOT || countsApart()), ...door(INSIDE, spec)];
  const { child, group } = spawnGrouped(entry(words, command), limits, { stdio: [...STDIO], env: ENVIRONMENT, cwd: '/' });
  return { child, group, inside: INSIDE, kill: () => void child.kill('SIGKILL') };
}

function system(folder: string): string[] {
  const found = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return found.isSymbolicLink() ? ['link', fs.readlinkSync(folder), folder] : ['show', folder, folder];
}
