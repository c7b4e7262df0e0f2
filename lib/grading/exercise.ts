/** An exercise: a folder, and what its exercise.json says. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EngineName } from '../lab/api';
import type { WireLimits } from './run/wire-history';
import type { Limits } from './sandbox/sandbox';

export type CheckKind = 'safety' | 'liveness' | 'thrift' | 'shape';

export interface CheckInfo {
  readonly id: string;
  readonly points: number;
  /** Hidden ones name a skill in their findings, never their data. */
  readonly visible: boolean;
  readonly kind: CheckKind;
}

export interface ExerciseInfo {
  /** Stable, never used again for another one. */
  readonly id: string;
  readonly version: number;
  readonly title: string;
  /** Number of the notebook, `03`. */
  readonly notebook: string;
  readonly section: string;
  readonly skills: readonly string[];
  /** Ids of exercises that should come before. */
  readonly needs: readonly string[];
  /** Expected effort, minutes. */
  readonly minutes: number;
  /** `program`: a module or a folder with run.sh. `operator`: command lines. `prediction`: what an experiment will show. */
  readonly role: 'program' | 'operator' | 'prediction';
  readonly checks: readonly CheckInfo[];
  readonly limits?: Partial<Limits & WireLimits>;
  readonly seeds: { readonly visible: readonly number[]; readonly hidden: number };
  readonly engines: readonly EngineName[];
  /** Its trials do not all hold yet: the graders try it only by name. */
  readonly draft?: boolean;
}

export interface Exercise {
  readonly folder: string;
  readonly info: ExerciseInfo;
}

export const DEFAULT_LIMITS: Limits & WireLimits = {
  cpuMs: 8000,
  wallMs: 20_000,
  memoryMiB: 512,
  processes: 40,
  outputBytes: 64 << 10,
  connections: 50,
  channels: 200,
  records: 100_000,
  bodyBytes: 32 << 20,
};

/** Reads an exercise. Throws, saying what is wrong, if there is none of this id, or its exercise.json is no JSON. */
export function readExercise(exercises: string, id: string): Exercise {
  const folder = path.join(exercises, id);
  const file = path.join(folder, 'exercise.json');
  if (!/^[a-z0-9-]+$/.test(id) || !fs.existsSync(file)) {
    throw new Error(`There is no exercise '${id}'; npx warren exercises lists them.`);
  }
  try {
    return { folder, info: JSON.parse(fs.readFileSync(file, 'utf8')) as ExerciseInfo };
  } catch (error) {
    throw new Error(`The exercise.json of '${id}' cannot be read: ${(error as Error).message}`);
  }
}

/** Ids of all exercises of a folder. */
export function exerciseIds(exercises: string): string[] {
  return fs
    .readdirSync(exercises)
    .filter((id) => fs.existsSync(path.join(exercises, id, 'exercise.json')))
    .sort();
}
