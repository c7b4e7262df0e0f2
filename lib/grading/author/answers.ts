/** The answers that an author wrote to try an exercise on. */
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Files and folders of right or wrong answers, by name; the first right one is the reference. */
export function answersIn(folder: string, kind: 'right' | 'wrong'): string[] {
  const place = path.join(folder, kind);
  if (!fs.existsSync(place)) return [];
  return fs
    .readdirSync(place)
    .sort()
    .map((name) => path.join(place, name));
}

/** `wrong/acks-first`. */
export function answerName(file: string): string {
  return `${path.basename(path.dirname(file))}/${path.basename(file).replace(/\.(ts|js|txt)$/, '')}`;
}

/**
 * The checks that a wrong answer names in its first lines, `// fails: a, b`; a folder in its run.sh, with #. The first of them
 * must fail, the others may. Null if it names none.
 */
export function failsOf(file: string): string[] | null {
  const text = fs.readFileSync(fs.statSync(file).isDirectory() ? path.join(file, 'run.sh') : file, 'utf8');
  const named = /^(?:\/\/|#) fails: (.+)$/m.exec(text)?.[1];
  return named === undefined ? null : named.split(',').map((id) => id.trim());
}
