/** What a program sees, and who it is, however its sandbox is made: the system's programs, Node, amqplib and its answer. */
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { AMQPLIB_FOLDER, CODE_CACHE_FOLDER, COURSE_FOLDER, RUNNER_FOLDER } from './places';
import type { InsidePaths, SandboxSpec } from './sandbox';

export const INSIDE: InsidePaths = {
  answer: '/box/answer',
  runner: '/box/runner',
  node: '/box/bin/node',
  path: '/box/bin:/usr/local/bin:/usr/bin:/bin',
  port: 5672,
};

/** System folders, where they exist: directories are mounted, links made again. Of /etc nothing but what the linker needs. */
export const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/lib32', '/etc/alternatives', '/etc/ld.so.cache'] as const;

export const TMP_BYTES = 64 << 20;
export const SHARED_MEMORY_BYTES = 4 << 20;

/** Something that is shown read-only: its path here, and inside. */
export type Shown = readonly [outside: string, inside: string];

/** In this order: folders asked for by name, folders that are covered again, and what lies above all of them. */
export interface Layout {
  readonly first: readonly Shown[];
  readonly covered: readonly string[];
  readonly last: readonly Shown[];
}

export function layoutOf({ answer, readable }: Pick<SandboxSpec, 'answer' | 'readable'>, course: string = COURSE_FOLDER): Layout {
  const same = (folder: string): Shown => [folder, folder];
  const within = readable.filter((folder) => isBelow(folder, course));
  const beside = readable.filter((folder) => !isBelow(folder, course));
  const shows = [...SYSTEM, ...beside].some((folder) => folder === course || isBelow(course, folder));
  return {
    first: beside.map(same),
    covered: shows ? [course] : [],
    last: [
      ...within.map(same),
      [fs.realpathSync(process.execPath), INSIDE.node],
      [RUNNER_FOLDER, INSIDE.runner],
      ...(fs.existsSync(CODE_CACHE_FOLDER) ? [[CODE_CACHE_FOLDER, '/box/dist/code-cache'] as const] : []),
      [AMQPLIB_FOLDER, '/box/node_modules/amqplib'],
      [answer, INSIDE.answer],
    ],
  };
}

function isBelow(folder: string, above: string): boolean {
  return folder.startsWith(above.endsWith('/') ? above : `${above}/`);
}

/** Where a program of the system lies; null if there is none. */
export function programOf(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => path.join(folder, name)).find((file) => path.isAbsolute(file) && fs.existsSync(file)) ?? null;
}

/** What runs first, before it is given an order. */
export function door(inside: InsidePaths, { ahead }: Pick<SandboxSpec, 'ahead'>): string[] {
  return [inside.node, `${inside.runner}/door.cjs`, ...ahead];
}

/** Numbers that belong to nobody. Each sandbox has its own, so that the kernel counts its tasks apart. */
const OWN_USERS = { first: 2_000_000_000, count: 100_000_000 };

/** What root tells setpriv, so that a program runs as a user that has nothing on this machine. */
export function ownUser(): string[] {
  const id = OWN_USERS.first + crypto.randomInt(OWN_USERS.count);
  return [`--reuid=${id}`, `--regid=${id}`, '--clear-groups'];
}
