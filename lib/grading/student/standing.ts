/** How far a student has come, from the record: the best of all tries counts, not the last one. */
import type { ExerciseInfo } from '../exercise';
import type { Deed, Try } from './tries';

export type State = 'not tried' | 'tried' | 'passed';

export interface Standing {
  readonly state: State;
  /** Those that counted. */
  readonly tries: number;
  /** Most points of any try, as a share of what that try could have brought, in points of today. */
  readonly points: number;
  readonly pointsMax: number;
  /** The version that was passed, where the exercise has another one now; else null. */
  readonly passedVersion: number | null;
  /** Of predictions: whether the first one was right; null before it. */
  readonly firstRight: boolean | null;
  readonly lastTry: Try | null;
}

export function standingIn(deeds: readonly Deed[], info: ExerciseInfo): Standing {
  const tries = deeds.filter((deed): deed is Try => deed.kind === 'try' && deed.exercise === info.id);
  const passed = tries.filter(({ verdict }) => verdict === 'pass');
  const pointsMax = pointsOf(info);
  const share = tries.reduce((best, { points, pointsMax: most }) => Math.max(best, most > 0 ? points / most : 0), 0);
  const ofToday = passed.some(({ version }) => version === info.version);
  return {
    state: passed.length > 0 ? 'passed' : tries.length > 0 ? 'tried' : 'not tried',
    tries: tries.length,
    points: Math.floor(share * pointsMax + 1e-9),
    pointsMax,
    passedVersion: ofToday ? null : (passed.at(-1)?.version ?? null),
    firstRight: tries[0] === undefined ? null : tries[0].verdict === 'pass',
    lastTry: tries.at(-1) ?? null,
  };
}

export function pointsOf({ checks }: ExerciseInfo): number {
  return checks.reduce((sum, { points }) => sum + points, 0);
}

/** What belongs together: a notebook's exercises, or those that train a skill. */
export interface Group {
  readonly name: string;
  readonly passed: number;
  readonly exercises: number;
  readonly points: number;
  readonly pointsMax: number;
}

export function groupsIn(
  deeds: readonly Deed[],
  infos: readonly ExerciseInfo[],
  namesOf: (info: ExerciseInfo) => readonly string[],
): Group[] {
  const names = [...new Set(infos.flatMap(namesOf))].sort();
  return names.map((name) => {
    const standings = infos.filter((info) => namesOf(info).includes(name)).map((info) => standingIn(deeds, info));
    return { name, exercises: standings.length, ...totalOf(standings) };
  });
}

export function totalOf(standings: readonly Standing[]): { passed: number; points: number; pointsMax: number } {
  return {
    passed: standings.filter(({ state }) => state === 'passed').length,
    points: standings.reduce((sum, { points }) => sum + points, 0),
    pointsMax: standings.reduce((sum, { pointsMax }) => sum + pointsMax, 0),
  };
}
