/** A short name of an answer's content: equal answers have equal ones. */
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { PlainAnswer } from './notebook';

/** SHA-256 in hexadecimal; of an answer that is a folder over the files of `copy`, the grader's own of it, by name. */
export function digestOf(answer: PlainAnswer, copy: string): string {
  const hash = crypto.createHash('sha256');
  if (answer.kind !== 'folder') return hash.update(JSON.stringify(answer)).digest('hex');
  const files = fs
    .readdirSync(copy, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(copy, path.join(entry.parentPath, entry.name)))
    .sort();
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(copy, file)))
      .update('\0');
  return hash.digest('hex');
}
