/**
 * Answers of a class that are nearly the same. It says where two programs agree, not why: who learned from one page, or was
 * helped by one tutor, writes alike.
 */
import * as path from 'node:path';
import { AnswerError, FILE_BYTES_MAX } from '../answer/answer';
import { answerInNotebook } from '../answer/notebook';
import { exerciseFiles } from './class-exercise';
import type { ClassFolder } from './class-folder';
import { mustBeCollected, readCollected } from './collect';
import { readFolder } from './files';
import { fingerprintsOf, type Fingerprint } from './fingerprints';

/** With fewer fingerprints a program is too short to be like another one. */
const FINGERPRINTS_MIN = 8;
/** What more than this share of all answers to an exercise has in it is how one does it; among fewer answers nobody knows. */
const COMMON_SHARE = 1 / 3;
const COMMON_FROM = 9;

export interface Program {
  readonly student: string;
  readonly text: string;
  /** What its name ends with, such as `ts`. */
  readonly end: string;
}

export interface Pair {
  readonly exercise: string;
  readonly programs: readonly [Program, Program];
  /** Fingerprints that both have, of those of the one that has fewer: 0 to 100. */
  readonly percent: number;
  /** Lines of each that lie under those, from 1. */
  readonly lines: readonly [ReadonlySet<number>, ReadonlySet<number>];
}

/** Answers to each exercise for programs that are alike by `least` percent or more, the most alike first. Throws ClassError. */
export function similar(of: ClassFolder, least: number): Pair[] {
  mustBeCollected(of);
  return of.info.exercises
    .flatMap(({ id }) => {
      const given = exerciseFiles(of, id);
      const { role } = JSON.parse(String(given.get('exercise.json'))) as { role: string };
      // Command lines and predictions are the same where they are right.
      return role === 'program' ? pairsOf(id, programsOf(of, id), givenTo(given), least) : [];
    })
    .sort((a, b) => b.percent - a.percent);
}

/** What everybody was given: the starter, and code in the statement. */
function givenTo(files: ReadonlyMap<string, Buffer>): string[] {
  const code = [...String(files.get('statement.md') ?? '').matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);
  return [String(files.get('starter.ts') ?? ''), ...code];
}

function programsOf(of: ClassFolder, exercise: string): Program[] {
  return of.roster.flatMap(({ id: student }) => {
    const answer = readCollected(of, student).answers[exercise];
    if (answer === undefined) return [];
    const files = readFolder(of.at('collected', student, exercise));
    return programOf(student, exercise, files) ?? [];
  });
}

/** A folder's files as one text; null if there is nothing to read. */
function programOf(student: string, exercise: string, files: ReadonlyMap<string, Buffer>): Program | null {
  const [first = ''] = files.keys();
  if (files.size === 1 && first.endsWith('.ipynb')) {
    try {
      const { answer } = answerInNotebook(String(files.get(first)), exercise);
      return 'text' in answer ? { student, text: answer.text, end: 'ts' } : null;
    } catch (error) {
      if (error instanceof AnswerError) return null;
      throw error;
    }
  }
  const sources = [...files].filter(([name]) => /\.(ts|js|py)$/.test(name));
  const text = sources.map(([, content]) => content.toString()).join('\n');
  const end = path.extname(sources[0]?.[0] ?? '').slice(1);
  return text === '' || text.length > FILE_BYTES_MAX ? null : { student, text, end };
}

/** Pairs among some answers to one exercise. */
export function pairsOf(exercise: string, programs: readonly Program[], given: readonly string[], least: number): Pair[] {
  const known = new Set(given.flatMap((text) => fingerprintsOf(text, 'ts').map(({ hash }) => hash)));
  const all = programs.map((program) => ({ program, prints: fingerprintsOf(program.text, program.end) }));
  for (const hash of common(all.map(({ prints }) => prints))) known.add(hash);
  const left = all.map(({ program, prints }) => ({ program, prints: byHash(prints.filter(({ hash }) => !known.has(hash))) }));
  const told = left.filter(({ prints }) => prints.size >= FINGERPRINTS_MIN);
  return told.flatMap((one, at) =>
    told.slice(at + 1).flatMap((other) => {
      const shared = [...one.prints.keys()].filter((hash) => other.prints.has(hash));
      const percent = Math.round((100 * shared.length) / Math.min(one.prints.size, other.prints.size));
      if (percent < least) return [];
      const lines = [linesOf(one.prints, shared), linesOf(other.prints, shared)] as const;
      return [{ exercise, programs: [one.program, other.program] as const, percent, lines }];
    }),
  );
}

function common(all: readonly (readonly Fingerprint[])[]): number[] {
  if (all.length < COMMON_FROM) return [];
  const counts = new Map<number, number>();
  for (const prints of all)
    for (const hash of new Set(prints.map((print) => print.hash))) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > all.length * COMMON_SHARE).map(([hash]) => hash);
}

function byHash(prints: readonly Fingerprint[]): Map<number, Fingerprint[]> {
  const found = new Map<number, Fingerprint[]>();
  for (const print of prints) found.set(print.hash, [...(found.get(print.hash) ?? []), print]);
  return found;
}

function linesOf(prints: ReadonlyMap<number, readonly Fingerprint[]>, shared: readonly number[]): Set<number> {
  const lines = new Set<number>();
  for (const { from, to } of shared.flatMap((hash) => prints.get(hash) ?? [])) for (let at = from; at <= to; at++) lines.add(at);
  return lines;
}
