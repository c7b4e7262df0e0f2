/**
 * Takes answers out of notebooks that nbgrader has collected. They lie where its course folder has them,
 * `submitted/<student>/<assignment>/<notebook>.ipynb`, and beside them in timestamp.txt when they were handed in.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { AnswerError, readAnswerFile } from '../answer/answer';
import { ClassError } from './class-error';
import type { ClassFolder } from './class-folder';
import { answeredIn, cellsOf, NOTEBOOK_BYTES_MAX } from './notebook-cells';

const TIMESTAMP_BYTES_MAX = 200;

/** What a student handed in at one time, wherever it came from. */
export interface HandedIn {
  /** Names it to the teacher: a zip, or a notebook's place. */
  readonly source: string;
  readonly student: string;
  /** ISO 8601. */
  readonly at: string;
  /** By their names in a submission, `answers/<exercise>.ts`. */
  readonly files: ReadonlyMap<string, Buffer>;
}

export interface Refused {
  readonly source: string;
  readonly reason: string;
}

/** `folder`: nbgrader's `submitted`. Throws ClassError if there is none. */
export function handedInWithNbgrader(of: ClassFolder, folder: string): { valid: HandedIn[]; refused: Refused[] } {
  if (!fs.existsSync(folder)) throw new ClassError(`There is no folder ${folder}; nbgrader calls it submitted.`);
  const valid: HandedIn[] = [];
  const refused: Refused[] = [];
  const known = new Set(of.roster.map(({ id }) => id));
  for (const student of foldersIn(folder)) {
    if (!known.has(student)) {
      refused.push({ source: student, reason: `there is no ${JSON.stringify(student)} in the roster` });
      continue;
    }
    for (const assignment of foldersIn(path.join(folder, student))) {
      const place = path.join(folder, student, assignment);
      for (const name of fs.readdirSync(place).filter((each) => each.endsWith('.ipynb'))) {
        const source = `${student}/${assignment}/${name}`;
        try {
          const files = answersIn(of, path.join(place, name));
          if (files.size > 0) valid.push({ source, student, at: handedInAt(place, name).toISOString(), files });
        } catch (error) {
          if (!(error instanceof AnswerError || error instanceof ClassError)) throw error;
          refused.push({ source, reason: error.message.replace(/\.$/, '') });
        }
      }
    }
  }
  return { valid, refused };
}

function answersIn(of: ClassFolder, file: string): Map<string, Buffer> {
  const cells = cellsOf(readAnswerFile(file, NOTEBOOK_BYTES_MAX));
  const answered = of.info.exercises.filter(({ id }) => answeredIn(cells, id));
  return new Map(answered.map(({ id }) => [`answers/${id}.ipynb`, Buffer.from(cells)]));
}

/** Folders, no links to any. */
function foldersIn(folder: string): string[] {
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

/** '' for what is no short ordinary file: it comes from a folder that others write. */
function textOf(file: string): string {
  try {
    return readAnswerFile(file, TIMESTAMP_BYTES_MAX);
  } catch (error) {
    if (error instanceof AnswerError) return '';
    throw error;
  }
}

/** What timestamp.txt says, such as `2027-01-30 10:30:47.524219 UTC`; else when the notebook was written. */
function handedInAt(place: string, notebook: string): Date {
  const file = path.join(place, 'timestamp.txt');
  const text = textOf(file).trim();
  const [, day = '', time = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(UTC|GMT|Z|[+-]\d\d:?\d\d)$/.exec(text) ?? [];
  const said = new Date(`${day}T${time}${/^[+-]/.test(zone) ? zone.replace(/^(...)(\d\d)$/, '$1:$2') : 'Z'}`);
  return Number.isNaN(said.getTime()) ? fs.lstatSync(path.join(place, notebook)).mtime : said;
}
