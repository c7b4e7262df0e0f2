/** An answer, wherever it came from, and what is played of it: a folder with one file that the sandbox starts. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Prediction } from '../experiment';

export type Answer =
  /** A module with a default export, in TypeScript or JavaScript. */
  | { readonly kind: 'module'; readonly text: string }
  /** A function's source text, as a cell hands it over. */
  | { readonly kind: 'function'; readonly text: string }
  /** A folder with run.sh, in any language. */
  | { readonly kind: 'folder'; readonly folder: string }
  /** Command lines of an operator. */
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  /** What somebody said would happen, of an exercise that asks for it. */
  | { readonly kind: 'prediction'; readonly value: Prediction }
  /** A notebook's text, in which an answer stands; looked for in the grader's own process. */
  | { readonly kind: 'notebook'; readonly text: string };

/** An answer that cannot be played, with the reason for its author. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

export const FILE_BYTES_MAX: number = 1 << 20;
/** A notebook also holds the pictures of its outputs. */
const NOTEBOOK_BYTES_MAX = 32 << 20;
const FILES_MAX = 200;
const FOLDER_BYTES_MAX = 8 << 20;

/** Reads an answer from a file (`.ts`, `.js`, `.ipynb`, `.txt` with command lines), or a folder with run.sh. */
export function answerFrom(file: string): Answer {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new AnswerError(`There is no file '${file}'.`);
  if (stat.isDirectory()) {
    if (fs.lstatSync(path.join(file, 'run.sh'), { throwIfNoEntry: false })?.isFile() !== true) {
      throw new AnswerError(`The folder '${file}' has no file run.sh, which would be started.`);
    }
    return { kind: 'folder', folder: file };
  }
  if (file.endsWith('.ipynb')) return { kind: 'notebook', text: readAnswerFile(file, NOTEBOOK_BYTES_MAX) };
  const text = readAnswerFile(file);
  if (file.endsWith('.txt')) return { kind: 'lines', lines: commandLines(text) };
  return { kind: 'module', text };
}

/** One command a line; empty lines and those that begin with # are remarks. */
export function commandLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** A regular file's text, opened without following a link. */
export function readAnswerFile(file: string, bytesMax: number = FILE_BYTES_MAX): string {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw new AnswerError(`'${path.basename(file)}' cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}.`);
  }
  try {
    const { size, ...stat } = fs.fstatSync(descriptor);
    if ((stat.mode & fs.constants.S_IFMT) !== fs.constants.S_IFREG)
      throw new AnswerError(`'${path.basename(file)}' is no ordinary file.`);
    if (size > bytesMax) throw new AnswerError(`'${path.basename(file)}' has ${size} octets; an answer has at most ${bytesMax}.`);
    return fs.readFileSync(descriptor, 'utf8');
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Copies the ordinary files of a folder, links and all else left out. Throws beyond 200 files or 8 MiB. */
export function copyAnswerFolder(from: string, to: string): void {
  let files = 0;
  let bytes = 0;
  const copy = (below: string): void => {
    fs.mkdirSync(path.join(to, below), { recursive: true, mode: 0o755 });
    for (const entry of fs.readdirSync(path.join(from, below), { withFileTypes: true })) {
      const name = path.join(below, entry.name);
      if (entry.isDirectory()) copy(name);
      else if (entry.isFile()) {
        const text = readAnswerFile(path.join(from, name));
        files += 1;
        bytes += Buffer.byteLength(text);
        if (files > FILES_MAX || bytes > FOLDER_BYTES_MAX)
          throw new AnswerError(`The folder has more than ${FILES_MAX} files or 8 MiB.`);
        fs.writeFileSync(path.join(to, name), text, { mode: 0o644 });
      }
    }
  };
  copy('');
}
