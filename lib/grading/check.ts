/** What an exercise's checks.ts and hidden.ts are written against: pure functions from a history to findings. */
import type { RunHistory } from './history';
import type { WireRecord } from './wire/wire-record';

export interface Finding {
  /** Key of its text in messages.*.json. */
  readonly text: string;
  /** What stands in the text's places. */
  readonly with?: Readonly<Record<string, string | number>>;
  /** Where the picture looks. */
  readonly at?: WireRecord;
  /** The message to follow in the picture, by its label. */
  readonly follow?: string;
}

export type Check = (history: RunHistory) => Finding[];
export type Checks = Readonly<Record<string, Check>>;

export function checks<T extends Checks>(of: T): T {
  return of;
}
