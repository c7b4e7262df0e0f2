/**
 * A filter of system calls (seccomp(2)) for what runs in a sandbox. Namespaces bound what a program can reach; this bounds what
 * the kernel does for it: no namespaces of its own, no looking into other processes, no memory that belongs to nobody's resident
 * set, no sockets of families that no network namespace holds back (vsock leads out of a virtual machine).
 */
import * as os from 'node:os';

interface Machine {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly arch: number;
  /** Numbers from here on belong to another calling convention (x32); 0: there is none. */
  readonly foreignFrom: number;
  readonly refused: readonly number[];
  readonly clone: number;
  readonly socket: number;
}

/** Numbers that all newer architectures share: asm-generic/unistd.h. */
const EVERYWHERE = {
  io_uring: [425, 426, 427],
  newMounts: [428, 429, 430, 431, 432, 433, 442],
  pidfd_getfd: [438],
  memfd_secret: [447],
} as const;
const CLONE3 = 435;

const MACHINES: Readonly<Record<string, Machine>> = {
  x64: {
    arch: 0xc000003e,
    foreignFrom: 0x4000_0000,
    clone: 56,
    socket: 41,
    refused: [
      ...[272, 308], // unshare, setns
      ...[165, 166, 155, 161], // mount, umount2, pivot_root, chroot
      ...[101, 310, 311], // ptrace, process_vm_readv, process_vm_writev
      ...[248, 249, 250], // add_key, request_key, keyctl
      ...[321, 298, 323], // bpf, perf_event_open, userfaultfd
      ...[319, 29, 30, 31, 64, 68, 240], // memfd_create, shmget, shmat, shmctl, semget, msgget, mq_open
      ...[246, 320, 175, 313, 176, 167, 168, 169], // kexec, modules, swap, reboot
    ],
  },
  arm64: {
    arch: 0xc00000b7,
    foreignFrom: 0,
    clone: 220,
    socket: 198,
    refused: [
      ...[97, 268],
      ...[40, 39, 41, 51],
      ...[117, 270, 271],
      ...[217, 218, 219],
      ...[280, 241, 282],
      ...[279, 194, 196, 195, 190, 186, 180],
      ...[104, 294, 105, 273, 106, 224, 225, 142],
    ],
  },
};

/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK (by which the C library lists addresses). */
const FAMILIES = [1, 2, 10, 16];
/** CLONE_NEW*: of mounts, cgroups, names, IPC, users, processes, networks. */
const CLONE_NEW = 0x7e02_0000;

const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;
const ALLOW = 0x7fff_0000;
const errno = (number: number): number => 0x0005_0000 + number;
const EPERM = errno(1);
const ENOSYS = errno(38);
const EAFNOSUPPORT = errno(97);
/** Offsets in struct seccomp_data, little-endian. */
const NUMBER = 0;
const ARCH = 4;
const FIRST_ARGUMENT = 16;

/** One instruction: code, how many to skip if true, if false, and a constant. */
type Step = readonly [code: number, ifTrue: number, ifFalse: number, k: number];

/** The filter as the kernel wants it (struct sock_filter), or null for a machine whose numbers are not known here. */
export function systemCallFilter(machine: string = os.arch()): Buffer | null {
  const known = MACHINES[machine];
  if (known === undefined) return null;
  const { arch, foreignFrom, refused, clone, socket } = known;
  const refuse = (number: number, how: number): Step[] => [
    [IF_EQUAL, 0, 1, number],
    [RETURN, 0, 0, how],
  ];
  const foreign: Step[] = [
    [IF_AT_LEAST, 0, 1, foreignFrom],
    [RETURN, 0, 0, ENOSYS],
  ];
  const steps: Step[] = [
    [LOAD, 0, 0, ARCH],
    [IF_EQUAL, 1, 0, arch],
    [RETURN, 0, 0, ENOSYS],
    [LOAD, 0, 0, NUMBER],
    ...(foreignFrom > 0 ? foreign : []),
    ...[...refused, ...Object.values(EVERYWHERE).flat()].flatMap((number) => refuse(number, EPERM)),
    // Its flags lie in memory, where no filter looks; whoever hears that there is none takes clone.
    ...refuse(CLONE3, ENOSYS),
    [IF_EQUAL, 0, 4, clone],
    [LOAD, 0, 0, FIRST_ARGUMENT],
    [IF_ANY_BIT, 0, 1, CLONE_NEW],
    [RETURN, 0, 0, EPERM],
    [LOAD, 0, 0, NUMBER],
    [IF_EQUAL, 0, FAMILIES.length + 2, socket],
    [LOAD, 0, 0, FIRST_ARGUMENT],
    ...FAMILIES.map((family, index): Step => [IF_EQUAL, FAMILIES.length - index, 0, family]),
    [RETURN, 0, 0, EAFNOSUPPORT],
    [RETURN, 0, 0, ALLOW],
  ];
  const filter = Buffer.alloc(steps.length * 8);
  steps.forEach(([code, ifTrue, ifFalse, k], index) => {
    filter.writeUInt16LE(code, index * 8);
    filter.writeUInt8(ifTrue, index * 8 + 2);
    filter.writeUInt8(ifFalse, index * 8 + 3);
    filter.writeUInt32LE(k, index * 8 + 4);
  });
  return filter;
}
