/** Who is in a class: roster.csv, with a first line that names the columns. */
import * as fs from 'node:fs';
import { ClassError } from './class-error';
import { parseCsv } from './csv';

export interface Student {
  /** Names files and folders: letters, digits, `.`, `_`, `-`. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** What may name a student's files; nothing that leads to another folder. */
export const STUDENT_ID = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

/** Throws ClassError, with the line, if it is no roster. */
export function readRoster(file: string): Student[] {
  if (!fs.existsSync(file))
    throw new ClassError(`There is no roster ${file}; it is a CSV file with the columns id, name, email.`);
  const [head = [], ...rows] = parseCsv(fs.readFileSync(file, 'utf8'));
  const columns = head.map((name) => name.toLowerCase());
  const at = (row: readonly string[], column: string): string => row[columns.indexOf(column)] ?? '';
  if (!columns.includes('id')) throw new ClassError(`The first line of ${file} must name its columns: id, name, email.`);
  const students = rows.map((row) => ({ id: at(row, 'id'), name: at(row, 'name') || at(row, 'id'), email: at(row, 'email') }));
  const seen = new Set<string>();
  for (const [index, { id }] of students.entries()) {
    const place = `${file}, student ${index + 1}`;
    if (!STUDENT_ID.test(id)) throw new ClassError(`${place}: '${id}' is no id; letters, digits, '.', '_' and '-' make one.`);
    // Folders of two students must not be one where the file system knows no capitals.
    if (seen.has(id.toLowerCase())) throw new ClassError(`${place}: '${id}' is there twice.`);
    seen.add(id.toLowerCase());
  }
  return students;
}
