/**
 * Takes in what students handed in: every zip below `submissions/` is looked through, and what nbgrader collected, if its
 * folder is named. Of each student and exercise the last valid answer lies in `collected/` afterwards, with notes on all
 * that was odd. Asked again, it begins anew and comes to the same.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ClassError } from './class-error';
import type { ClassFolder } from './class-folder';
import { hashOfFiles, readJson, writeFolder, writeJson } from './files';
import { handedInWithNbgrader, type HandedIn, type Refused } from './nbgrader-submissions';
import { answerPath, submissionHash, submissionOf, SUBMISSION_FILE } from './submission';
import { readZip, ZipRefused } from './zip';

/** collected/<student>/collected.json */
export interface Collected {
  readonly student: string;
  readonly answers: Readonly<Record<string, CollectedAnswer>>;
  /** What was odd, for the teacher and the student. */
  readonly notes: readonly string[];
}

export interface CollectedAnswer {
  /** Below the student's folder: a file, or a folder with run.sh. */
  readonly path: string;
  readonly hash: string;
  /** What it came in: a zip below `submissions`, or a notebook that nbgrader collected. */
  readonly source: string;
  /** By the student's clock; by nbgrader's, if it took the notebook. */
  readonly at: string;
  readonly late: boolean;
}

export interface Collection {
  readonly collected: readonly Collected[];
  /** What nothing was taken from, with the reason. */
  readonly refused: readonly Refused[];
}

/** `nbgrader`: its folder `submitted`; null: none. Throws ClassError. */
export async function collect(of: ClassFolder, nbgrader: string | null = null): Promise<Collection> {
  const { valid, refused } = nbgrader === null ? { valid: [], refused: [] } : handedInWithNbgrader(of, nbgrader);
  for (const zip of zipsOf(of)) {
    try {
      valid.push(await accepted(of, zip));
    } catch (error) {
      if (!(error instanceof ZipRefused)) throw error;
      refused.push({ source: zip, reason: error.message });
    }
  }
  valid.sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || (a.source < b.source ? -1 : 1));
  const [building, old] = [of.at('.collected.new'), of.at('.collected.old')];
  for (const left of [building, old]) fs.rmSync(left, { recursive: true, force: true });
  const collected = of.roster.map(({ id }) => take(of, building, id, valid, refused));
  // Ended between these two, there is no folder `collected`, and nobody goes on without it.
  if (fs.existsSync(of.at('collected'))) fs.renameSync(of.at('collected'), old);
  fs.renameSync(building, of.at('collected'));
  fs.rmSync(old, { recursive: true, force: true });
  return { collected, refused };
}

/** Throws ClassError where no collecting has come to its end: who is not asked has handed nothing in. */
export function mustBeCollected(of: ClassFolder): void {
  if (!fs.existsSync(of.at('collected')))
    throw new ClassError(`Nothing is collected yet in ${of.folder}; warren class collect ${of.folder} does it.`);
}

export function readCollected(of: ClassFolder, student: string): Collected {
  return readJson<Collected>(of.at('collected', student, 'collected.json')) ?? { student, answers: {}, notes: [] };
}

/** Zips in `submissions` and one folder below, sorted; links are looked at by nobody but `readZip`, which refuses them. */
function zipsOf(of: ClassFolder): string[] {
  const look = (below: string, deeper: boolean): string[] =>
    fs.readdirSync(of.at('submissions', below), { withFileTypes: true }).flatMap((entry) => {
      const name = path.posix.join(below, entry.name);
      if (entry.isDirectory()) return deeper ? look(name, false) : [];
      return /\.zip$/i.test(entry.name) ? [name] : [];
    });
  return fs.existsSync(of.at('submissions')) ? look('', true).sort() : [];
}

async function accepted(of: ClassFolder, zip: string): Promise<HandedIn> {
  const files = await readZip(of.at('submissions', zip));
  const submission = submissionOf(files.get(SUBMISSION_FILE)?.toString() ?? '');
  if (submission === null) throw new ZipRefused('there is no valid submission.json in it; warren class submit makes one');
  const { student } = submission;
  if (submission.class !== of.info.id) throw new ZipRefused(`it is for another class, ${JSON.stringify(submission.class)}`);
  if (!of.roster.some(({ id }) => id === student)) throw new ZipRefused(`there is no ${JSON.stringify(student)} in the roster`);
  // In a folder of a student's own, nobody hands in for another one.
  const folder = path.posix.dirname(zip);
  if (folder !== '.' && of.roster.some(({ id }) => id === folder) && folder !== student)
    throw new ZipRefused(`it lies in the folder of ${folder}, and says that it is by ${student}`);
  if (submissionHash(files) !== submission.hash)
    throw new ZipRefused('its hash does not fit: it was damaged or changed after packing');
  return { source: zip, student, at: submission.at, files };
}

/** Lays out the last valid answer to each exercise. */
function take(
  of: ClassFolder,
  building: string,
  student: string,
  valid: readonly HandedIn[],
  refused: Collection['refused'],
): Collected {
  const home = path.join(building, student);
  const answers: Record<string, CollectedAnswer> = {};
  const notes: string[] = [];
  for (const { source, at, files } of valid.filter((each) => each.student === student)) {
    for (const [exercise, answer] of answersIn(files)) {
      if (!of.info.exercises.some(({ id }) => id === exercise)) {
        notes.push(`${source}: the class has no exercise '${exercise}'; that answer is left out.`);
        continue;
      }
      const fault = faultOf(exercise, answer);
      if (fault !== null) {
        notes.push(`${source}: the answer to '${exercise}' is left out: ${fault}.`);
        continue;
      }
      const before = answers[exercise];
      if (before !== undefined) notes.push(`'${exercise}' was handed in again: ${source} counts, ${before.source} does not.`);
      const due = of.due(exercise);
      const late = due !== null && Date.parse(at) > Date.parse(due);
      if (late) notes.push(`'${exercise}' is late: packed at ${at}, due ${due}.`);
      fs.rmSync(path.join(home, exercise), { recursive: true, force: true });
      writeFolder(path.join(home, exercise), answer);
      const [only] = answer.keys();
      const place = answer.has('run.sh') ? exercise : `${exercise}/${only}`;
      answers[exercise] = { path: place, hash: hashOfFiles(answer), source, at, late };
    }
  }
  for (const { source, reason } of refused)
    if (source.startsWith(`${student}/`)) notes.push(`${source} was not taken: ${reason}.`);
  const collected: Collected = { student, answers, notes };
  writeJson(path.join(home, 'collected.json'), collected);
  return collected;
}

function answersIn(files: ReadonlyMap<string, Buffer>): Map<string, Map<string, Buffer>> {
  const found = new Map<string, Map<string, Buffer>>();
  for (const [name, content] of files) {
    const answer = answerPath(name);
    if (answer === null) continue;
    const of = found.get(answer.exercise) ?? new Map<string, Buffer>();
    of.set(answer.file, content);
    found.set(answer.exercise, of);
  }
  return found;
}

/** An answer is one file, or a folder with run.sh, not both. */
function faultOf(exercise: string, answer: ReadonlyMap<string, Buffer>): string | null {
  const single = [...answer.keys()].filter((name) => /^[^/]+\.(ts|js|txt|ipynb)$/.test(name) && name.startsWith(`${exercise}.`));
  if (answer.has('run.sh') && single.length === 0) return null;
  if (single.length === 1 && answer.size === 1) return null;
  return single.length > 1
    ? `there are ${single.length} files for it, of which one must go`
    : 'it is neither one file nor a folder with run.sh';
}
