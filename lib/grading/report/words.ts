/** Every sentence that a report or a command says, by its key in words.en.json; what stands in its places is made harmless. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { PACKAGE_FOLDER } from '../sandbox/places';
import { filled, type Messages } from './messages';

const FILE = path.join(PACKAGE_FOLDER, 'grading', 'report', 'words.en.json');

let all: Messages | null = null;

/** Throws if there is no such sentence, or a place in it has no value. */
export function words(key: string, values: Readonly<Record<string, string | number>> = {}): string {
  all ??= JSON.parse(fs.readFileSync(FILE, 'utf8')) as Messages;
  return filled(all, key, values);
}

/** `KEY.one` of one, `KEY.many` of any other number. */
export function counted(key: string, count: number, values: Readonly<Record<string, string | number>>): string {
  return words(`${key}.${count === 1 ? 'one' : 'many'}`, values);
}
