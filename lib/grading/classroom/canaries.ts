/**
 * Finds what a student must not see in what students are given: a marked line (a canary) of a hidden file, or three lines of
 * one in a row. Short and common lines say nothing and are not counted, nor is what the student is given in any case.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { filesBelow } from './files';

/** Three lines in a row; two programs on one subject often share two. */
const LINES = 3;
/** With fewer letters in them, lines in a row are brackets and ends. */
const LETTERS_MIN = 45;
/** A line that its author marked: `// canary: ` and at least eight letters or digits. */
const CANARY = /canary:\s*([A-Za-z0-9-]{8,})/g;

export interface Leak {
  /** In which file that students would get, and from which line. */
  readonly file: string;
  readonly line: number;
  /** The hidden file that it comes from. */
  readonly from: string;
}

export class Canaries {
  private readonly windows = new Map<string, string>();
  private readonly marks = new Map<string, string>();

  /** Takes in a hidden file. */
  hide(name: string, text: string): void {
    for (const [, mark = ''] of text.matchAll(CANARY)) this.marks.set(mark, name);
    for (const { key } of windowsOf(text)) this.windows.set(key, name);
  }

  /** Takes in a word that must not go out, wherever it stands. */
  mark(name: string, word: string): void {
    this.marks.set(word, name);
  }

  /** What students are given in any case is no secret. */
  allow(text: string): void {
    for (const { key } of windowsOf(text)) this.windows.delete(key);
    for (const [, mark = ''] of text.matchAll(CANARY)) this.marks.delete(mark);
  }

  /** The first place in a text that comes from a hidden file, or null. `own`: what its reader has written. */
  find(file: string, text: string, own: readonly string[] = []): Leak | null {
    const written = new Set(own.flatMap((each) => windowsOf(each).map(({ key }) => key)));
    const readable = file.endsWith('.ipynb') ? notebookText(text) : text;
    for (const [mark, from] of this.marks) {
      const at = readable.indexOf(mark);
      if (at >= 0) return { file, from, line: readable.slice(0, at).split('\n').length };
    }
    for (const { key, line } of windowsOf(readable)) {
      const from = this.windows.get(key);
      if (from !== undefined && !written.has(key)) return { file, from, line };
    }
    return null;
  }

  findIn(folder: string): Leak[] {
    return filesBelow(folder).flatMap((name) => this.find(name, fs.readFileSync(path.join(folder, name), 'utf8')) ?? []);
  }
}

function windowsOf(text: string): { key: string; line: number }[] {
  const lines = text
    .split('\n')
    .map((line, at) => ({ text: line.replace(/\s+/g, ' ').trim(), line: at + 1 }))
    .filter((line) => /[A-Za-z0-9]/.test(line.text));
  const all: { key: string; line: number }[] = [];
  for (let i = 0; i + LINES <= lines.length || (i === 0 && lines.length > 0); i++) {
    const key = lines
      .slice(i, i + LINES)
      .map((line) => line.text)
      .join('\n');
    if (key.replace(/[^A-Za-z0-9]/g, '').length >= LETTERS_MIN) all.push({ key, line: lines[i]?.line ?? 1 });
  }
  return all;
}

/** What its cells say, outputs too; the file as it is, if it is no notebook. */
function notebookText(text: string): string {
  try {
    const strings: string[] = [];
    const walk = (value: unknown): void => {
      if (typeof value === 'string') strings.push(value);
      else if (Array.isArray(value) && value.every((part) => typeof part === 'string')) strings.push(value.join(''));
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
    };
    walk(JSON.parse(text));
    return strings.join('\n');
  } catch {
    return text;
  }
}
