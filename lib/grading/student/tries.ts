/**
 * What a student has done, one line of JSON each, in `.warren/student/tries.jsonl`. Each line carries its own SHA-256 and that of
 * the line before it, so that a line that was changed, lost or put in is noticed. It is the student's own file: that is a
 * seal, not a lock.
 */
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { VerdictName } from '../attempt';
import { withLock } from './lock';

interface Entry {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly exercise: string;
  readonly version: number;
}

export interface Try extends Entry {
  readonly kind: 'try';
  readonly verdict: VerdictName;
  readonly points: number;
  readonly pointsMax: number;
  /** By their ids; null: not judged. */
  readonly checks: Readonly<Record<string, boolean | null>>;
  /** SHA-256 of the answer. */
  readonly answer: string;
}

export interface HintOpened extends Entry {
  readonly kind: 'hint';
  readonly check: string;
  /** 1 to 3. */
  readonly rung: number;
}

export interface SolutionSeen extends Entry {
  readonly kind: 'solution';
}

export type Deed = Try | HintOpened | SolutionSeen;
/** Without its time: it is written down now. */
export type NewDeed = Omit<Try, 'time'> | Omit<HintOpened, 'time'> | Omit<SolutionSeen, 'time'>;

interface Sealed {
  /** Of the line before; '' in the first one, and after one that cannot be read. */
  readonly previous: string;
  readonly hash: string;
}

export interface Chronicle {
  readonly deeds: readonly Deed[];
  /** The first line that does not follow from the one before it, from 1; null: none. */
  readonly brokenAt: number | null;
}

const FILE = 'tries.jsonl';
const KINDS = ['try', 'hint', 'solution'];

/** Reads all that can be read, and says where the chain is broken. Never throws for what stands in the file. */
export function readDeeds(folder: string): Chronicle {
  const deeds: Deed[] = [];
  let brokenAt: number | null = null;
  let previous = '';
  linesOf(folder).forEach((line, index) => {
    const read = unsealed(line);
    if (read === null || read.seal.previous !== previous) brokenAt ??= index + 1;
    if (read !== null) deeds.push(read.deed);
    previous = hashIn(line);
  });
  return { deeds, brokenAt };
}

/** Adds a line. `now`: milliseconds since 1970. */
export function writeDeed(folder: string, deed: NewDeed, now: number = Date.now()): void {
  fs.mkdirSync(folder, { recursive: true });
  withLock(path.join(folder, 'lock'), () => {
    const lines = linesOf(folder);
    const sealing = { time: new Date(now).toISOString(), ...deed, previous: hashIn(lines.at(-1) ?? '') };
    const text = JSON.stringify({ ...sealing, hash: sha256(JSON.stringify(sealing)) });
    const file = path.join(folder, FILE);
    const torn = lines.length > 0 && !textOf(file).endsWith('\n');
    fs.appendFileSync(file, `${torn ? '\n' : ''}${text}\n`);
  });
}

function linesOf(folder: string): string[] {
  const file = path.join(folder, FILE);
  return textOf(file)
    .split('\n')
    .filter((line) => line.trim() !== '');
}

/** '' if there is none yet. A file that is there and cannot be read counts as one line that cannot. */
function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? '' : code;
  }
}

/** What stands in a line, if its own hash is right. */
function unsealed(line: string): { deed: Deed; seal: Sealed } | null {
  const { hash, ...rest } = (jsonOf(line) ?? {}) as Deed & Sealed;
  if (!KINDS.includes(rest.kind) || typeof rest.exercise !== 'string' || sha256(JSON.stringify(rest)) !== hash) return null;
  return { deed: rest, seal: { previous: rest.previous, hash } };
}

function hashIn(line: string): string {
  const { hash } = (jsonOf(line) ?? {}) as Partial<Sealed>;
  return typeof hash === 'string' ? hash : '';
}

function jsonOf(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function sha256(text: string): string {
  return crypto.createHash('sha256').update(text).digest('hex');
}
