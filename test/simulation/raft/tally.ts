/** What happened in a set of runs. A run set in which something never happened says nothing about it: it is blind there. */

/** What every set of runs has to have seen. */
export const MUST_HAPPEN = [
  'leaders elected',
  'runs with two elections',
  'runs with a truncation',
  'entries committed',
  'snapshots installed',
  'snapshots in several pieces',
  'learners made voters',
  'members removed',
  'leaders that removed themselves',
  'transfers done',
  'transfers aborted',
  'leaders without a majority stepped down',
  'pre-votes that led to nothing',
  'uncommitted members taken back',
  'cut both ways: messages lost',
  'cut one way: messages lost',
  'cut: messages late',
  'connection broken: messages lost',
  'crash: writes lost',
  'crash: write torn',
  'crash between append and sync',
  'crash right after a sync',
  'slow disk: half an election time-out',
  'clock drift: election by a drifted clock',
] as const;

export type Happening = (typeof MUST_HAPPEN)[number];

export class Tally {
  runs = 0;
  events = 0;
  private readonly counts = new Map<Happening, number>();

  add(what: Happening, times = 1): void {
    if (times > 0) this.counts.set(what, this.of(what) + times);
  }

  of(what: Happening): number {
    return this.counts.get(what) ?? 0;
  }

  /** What never happened. */
  blind(): Happening[] {
    return MUST_HAPPEN.filter((what) => this.of(what) === 0);
  }

  toString(): string {
    return MUST_HAPPEN.map((what) => `  ${what}: ${this.of(what)}`).join('\n');
  }
}
