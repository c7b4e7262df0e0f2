/**
 * Claims about clusters that Warren does not carry yet, by id, in test/claims/not-carried.txt. The ledger says so. Each of them
 * is asked in every run all the same, and one that begins to hold fails until it is taken off the list: so the list can only
 * shrink.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EngineName } from './engine';
import type { Outcome } from './runner';

const LIST = path.join(__dirname, '../not-carried.txt');

const ids = new Set(
  fs
    .readFileSync(LIST, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')),
);

export function isNotCarried(id: string): boolean {
  return ids.has(id);
}

/** What an outcome means for the run: on Warren, what the list says must fail. */
export function judged(engine: EngineName, outcome: Outcome): Outcome {
  if (engine !== 'warren' || outcome.notAsked || !isNotCarried(outcome.claim.id)) return outcome;
  if (outcome.failure !== null) return { ...outcome, failure: null, notCarried: outcome.failure };
  return { ...outcome, failure: new Error('it holds on Warren: take it off test/claims/not-carried.txt') };
}

/** Ids of the list that no claim has. */
export function strangers(known: readonly { readonly id: string }[]): string[] {
  const all = new Set(known.map(({ id }) => id));
  return [...ids].filter((id) => !all.has(id));
}
