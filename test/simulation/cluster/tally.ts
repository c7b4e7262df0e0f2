/** What happened in a set of runs. A fault that never mattered in a set says that the set is blind for it. */
import type { Outcome } from './cluster-run';
import { DEED_KINDS, type DeedKind } from './plan';

/** As it travels between processes. */
export interface Counts {
  readonly runs: number;
  readonly labMs: number;
  readonly faults: ReadonlyArray<readonly [kind: DeedKind, done: number, mattered: number]>;
  readonly seen: ReadonlyArray<readonly [what: string, count: number]>;
}

export class Tally {
  runs = 0;
  labMs = 0;
  private readonly faults = new Map<DeedKind, readonly [done: number, mattered: number]>();
  private readonly seen = new Map<string, number>();

  add({ labMs, faults, verdict, overruled, partitions, repairs, gaveUp }: Outcome): void {
    const { attempted, acknowledged, lost, duplicated, recovered, documented } = verdict;
    const seen = {
      attempted,
      acknowledged,
      lost,
      duplicated,
      recovered,
      'partitions seen': partitions,
      'partitions mended by an operator': repairs,
      'starts given up': gaveUp,
    };
    const named = [
      ...[...documented].map(([what, count]) => [`lost by ${what}`, count] as const),
      ...[...overruled].map(([what, count]) => [`definitions overruled: ${what}`, count] as const),
    ];
    const counted = [...faults].map(([kind, [done, mattered]]) => [kind, done, mattered] as const);
    this.merge({ runs: 1, labMs, faults: counted, seen: [...Object.entries(seen), ...named] });
  }

  merge({ runs, labMs, faults, seen }: Counts): void {
    this.runs += runs;
    this.labMs += labMs;
    for (const [kind, done, mattered] of faults) {
      const [before, then] = this.faults.get(kind) ?? [0, 0];
      this.faults.set(kind, [before + done, then + mattered]);
    }
    for (const [what, count] of seen) this.seen.set(what, this.of(what) + count);
  }

  of(what: string): number {
    return this.seen.get(what) ?? 0;
  }

  get counts(): Counts {
    const { runs, labMs } = this;
    const faults = [...this.faults].map(([kind, [done, mattered]]) => [kind, done, mattered] as const);
    return { runs, labMs, faults, seen: [...this.seen] };
  }

  /** Faults that never made a difference. */
  blind(kinds: readonly DeedKind[]): DeedKind[] {
    return kinds.filter((kind) => (this.faults.get(kind)?.[1] ?? 0) === 0);
  }

  toString(): string {
    const faults = DEED_KINDS.map((kind) => {
      const [done, mattered] = this.faults.get(kind) ?? [0, 0];
      return `  ${kind}: ${done}, of which mattered ${mattered}`;
    });
    return [...[...this.seen].map(([what, count]) => `  ${what}: ${count}`), ...faults].join('\n');
  }
}
