/**
 * Steps as rows of a diagram, 16 at most: preparations fall together first, then what repeats itself, then what matters
 * least. A row that was folded says what is in it; all steps are in some row.
 */
import type { End, Step } from './sequence-step';
import { commas, count, duration, visible } from './words';

export const MOST_ROWS = 16;
/** A pause longer than this part of the whole is folded into a band, if it is also at least 20 ms. */
const LONG_PAUSE = 0.2;
const SHORTEST_PAUSE = 20;

export type Row =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'fold'; readonly steps: readonly Step[]; readonly text: string }
  | { readonly kind: 'pause'; readonly text: string };

type Entry = Exclude<Row, { kind: 'pause' }>;

export function rowsOf(steps: readonly Step[], isFollowed: (step: Step) => boolean, most = MOST_ROWS): Row[] {
  let entries: Entry[] = steps.map((step) => ({ kind: 'step', step }));
  if (entries.length > most) entries = foldSetup(entries);
  if (entries.length > most) entries = foldRepeats(entries, isFollowed, most);
  if (entries.length > most) entries = foldLeast(entries, isFollowed, most);
  return withPauses(entries);
}

export function stepsIn(row: Row): readonly Step[] {
  return row.kind === 'step' ? [row.step] : row.kind === 'fold' ? row.steps : [];
}

function foldRow(entries: readonly Entry[], text?: string): Entry {
  const steps = entries.flatMap((entry) => stepsIn(entry));
  return { kind: 'fold', steps, text: text ?? `${count(steps.length, 'step')}: ${tally(steps)}` };
}

/** `12 × publish, 9 × deliver, 9 × ack`, the most frequent first, at most five kinds. */
function tally(steps: readonly Step[]): string {
  const counts = new Map<string, number>();
  for (const step of steps) counts.set(step.verb, (counts.get(step.verb) ?? 0) + 1);
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const shown = sorted.slice(0, 5).map(([verb, number]) => `${commas(number)} \u00d7 ${verb}`);
  return sorted.length > 5 ? `${shown.join(', ')}, …` : shown.join(', ');
}

/** Runs of connecting and declaring become one row each. */
function foldSetup(entries: readonly Entry[]): Entry[] {
  const result: Entry[] = [];
  let run: Entry[] = [];
  const flush = (): void => {
    if (run.length < 2) result.push(...run);
    else result.push(foldRow(run, `set up: ${tally(run.flatMap((entry) => stepsIn(entry)))}`));
    run = [];
  };
  for (const entry of entries) {
    if (entry.kind === 'step' && entry.step.setup) {
      run.push(entry);
      continue;
    }
    flush();
    result.push(entry);
  }
  flush();
  return result;
}

function endName(end: End | undefined): string {
  return end === undefined ? '' : JSON.stringify([end.kind, end.name, end.channel]);
}

/** Steps with the same signature look the same apart from their message. */
function signature(entry: Entry, isFollowed: (step: Step) => boolean): string {
  if (entry.kind === 'fold') return `fold ${entry.text}`;
  const { step } = entry;
  if (isFollowed(step)) return `followed ${step.seq}`;
  return JSON.stringify([
    step.verb,
    endName(step.from),
    endName(step.to),
    step.queues,
    step.ink,
    step.lost,
    step.shape === 'banner' ? step.label : '',
  ]);
}

interface Repeat {
  readonly start: number;
  readonly period: number;
  readonly times: number;
}

const LONGEST_PERIOD = 8;

/** The longest repetition first: its first round stays, the others become one row. */
function foldRepeats(entries: readonly Entry[], isFollowed: (step: Step) => boolean, most: number): Entry[] {
  const current = [...entries];
  const signatures = current.map((entry) => signature(entry, isFollowed));
  for (let round = 0; round < most && current.length > most; round++) {
    const best = longestRepeat(signatures);
    if (best === undefined) break;
    const from = best.start + best.period;
    const length = best.period * (best.times - 1);
    const row = foldRow(current.slice(from, from + length), repeatText(current.slice(from, from + length), best));
    current.splice(from, length, row);
    signatures.splice(from, length, signature(row, isFollowed));
  }
  return current;
}

function longestRepeat(signatures: readonly string[]): Repeat | undefined {
  let best: Repeat | undefined;
  const saving = (repeat: Repeat | undefined): number => (repeat === undefined ? 1 : repeat.period * (repeat.times - 1));
  for (let period = 1; period <= LONGEST_PERIOD; period++) {
    let same = 0;
    for (let i = period; i <= signatures.length; i++) {
      if (i < signatures.length && signatures[i] === signatures[i - period]) {
        same++;
        continue;
      }
      const times = Math.floor(same / period) + 1;
      const repeat = { start: i - same - period, period, times };
      if (times >= 3 && saving(repeat) > saving(best)) best = repeat;
      same = 0;
    }
  }
  return best;
}

/** `m-2 to m-316: publish and ack, 315 times`. */
function repeatText(folded: readonly Entry[], repeat: Repeat): string {
  const steps = folded.flatMap((entry) => stepsIn(entry));
  const labels = steps.filter((step) => step.messageLabel !== '').map((step) => visible(step.messageLabel));
  const [first] = labels;
  const last = labels.at(-1);
  const verbs = [...new Set(steps.slice(0, repeat.period).map((step) => step.verb))];
  const list = verbs.length < 2 ? verbs.join('') : `${verbs.slice(0, -1).join(', ')} and ${verbs.at(-1)}`;
  const times = `${list}, ${commas(repeat.times - 1)} times`;
  return first === undefined || last === undefined
    ? times
    : first === last
      ? `${first}: ${times}`
      : `${first} to ${last}: ${times}`;
}

/** Keeps the steps that matter most (of equal ones those near the beginning and the end) and folds what lies between. */
function foldLeast(entries: readonly Entry[], isFollowed: (step: Step) => boolean, most: number): Entry[] {
  const weight = (entry: Entry): number => (entry.kind === 'fold' ? 5 : isFollowed(entry.step) ? 99 : entry.step.weight);
  const edge = (i: number): number => Math.min(i, entries.length - 1 - i);
  const ranked = entries
    .map((_, i) => i)
    .sort((a, b) => weight(entries[b] as Entry) - weight(entries[a] as Entry) || edge(a) - edge(b) || a - b);
  let keep = most - 1;
  while (keep > 0 && rowsWith(entries.length, new Set(ranked.slice(0, keep))) > most) keep--;
  return foldOthers(entries, new Set(ranked.slice(0, keep)));
}

/** How many rows there are when all but the kept ones are folded: a run of others is one row. */
function rowsWith(length: number, kept: ReadonlySet<number>): number {
  const sorted = [...kept].sort((a, b) => a - b);
  let rows = sorted.length;
  let next = 0;
  for (const i of [...sorted, length]) {
    if (i > next) rows++;
    next = i + 1;
  }
  return rows;
}

function foldOthers(entries: readonly Entry[], kept: ReadonlySet<number>): Entry[] {
  const result: Entry[] = [];
  let run: Entry[] = [];
  const flush = (): void => {
    if (run.length === 1) result.push(run[0] as Entry);
    else if (run.length > 1) result.push(foldRow(run));
    run = [];
  };
  for (const [i, entry] of entries.entries()) {
    if (!kept.has(i)) {
      run.push(entry);
      continue;
    }
    flush();
    result.push(entry);
  }
  flush();
  return result;
}

/** Bands where nothing happened for long. */
function withPauses(entries: readonly Entry[]): Row[] {
  const times = entries.flatMap((entry) => stepsIn(entry)).map((step) => step.at);
  const span = times.length === 0 ? 0 : (times.at(-1) as number) - (times[0] as number);
  const rows: Row[] = [];
  let before: number | undefined;
  for (const entry of entries) {
    const steps = stepsIn(entry);
    const pause = before === undefined ? 0 : (steps[0] as Step).at - before;
    if (pause > LONG_PAUSE * span && pause >= SHORTEST_PAUSE)
      rows.push({ kind: 'pause', text: `nothing for ${duration(pause)}` });
    rows.push(entry);
    before = (steps.at(-1) as Step).at;
  }
  return rows;
}
