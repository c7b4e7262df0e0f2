/** Mutants that are no mistakes in this exercise: survivors.json, name of the mutant to the reason. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Exercise } from '../exercise';

/** Empty if there is no such file. Throws if a reason is missing. */
export function survivorsOf({ folder }: Exercise): ReadonlyMap<string, string> {
  const file = path.join(folder, 'survivors.json');
  if (!fs.existsSync(file)) return new Map();
  const listed = Object.entries(JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, string>);
  const bare = listed.find(([, reason]) => typeof reason !== 'string' || reason.trim() === '');
  if (bare !== undefined) throw new Error(`${file} gives no reason why '${bare[0]}' survives.`);
  return new Map(listed);
}
