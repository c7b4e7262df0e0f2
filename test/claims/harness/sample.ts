/**
 * Which scenarios a run plays on RabbitMQ. All take half an hour and more, so a run that is not told to play all takes some,
 * beginning where the hour says, until its time is used up; and the ledger says of each claim about a cluster when it was last
 * seen to hold.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Claim } from './claim';
import { byScenario, type Outcome } from './runner';

/** Milliseconds after which a sample begins no further scenario. */
export const SAMPLE_MS = 120_000;
/** Days by claim id: `2026-11-21`. Written by `npm run claims`. */
export const HELD = path.join(__dirname, '../../../docs/claims-held.json');

const HOUR_MS = 3_600_000;

/**
 * The same claims, the scenarios among them in an order that begins with another one each hour. `now`: milliseconds since
 * 1970.
 */
export function rotated(claims: readonly Claim[], now: number): readonly Claim[] {
  const groups = [...byScenario(claims).values()];
  const first = groups.length === 0 ? 0 : Math.floor(now / HOUR_MS) % groups.length;
  const others = claims.filter(({ options }) => options.scenario === undefined);
  return [...others, ...groups.slice(first).flat(), ...groups.slice(0, first).flat()];
}

/** For `Runner.begin`: yes until the time is used up that counts from the first question. */
export function timeBox(limitMs: number): () => boolean {
  let began: number | null = null;
  return () => {
    began ??= performance.now();
    return performance.now() - began < limitMs;
  };
}

export type Held = Readonly<Record<string, string>>;

export function readHeld(): Held {
  return fs.existsSync(HELD) ? (JSON.parse(fs.readFileSync(HELD, 'utf8')) as Held) : {};
}

/** With what this run saw on RabbitMQ: `today` for what held, and no day for what failed or is no claim any more. */
export function heldAfter(held: Held, claims: readonly Claim[], outcomes: readonly Outcome[], today: string): Held {
  const seen = new Map(outcomes.filter(({ notAsked }) => !notAsked).map(({ claim, failure }) => [claim.id, failure]));
  const days = claims
    .filter(({ options }) => options.scenario !== undefined)
    .flatMap(({ id }): [string, string][] => {
      const day = seen.has(id) ? (seen.get(id) === null ? today : undefined) : held[id];
      return day === undefined ? [] : [[id, day]];
    });
  return Object.fromEntries(days.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function writeHeld(held: Held): void {
  fs.writeFileSync(HELD, `${JSON.stringify(held, null, 2)}\n`);
}
