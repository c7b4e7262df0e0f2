/** Sequence numbers as runs: nearly all come in order, so a thousand of them are two numbers. */
export interface Run {
  readonly from: number;
  to: number;
}

export class SequenceRuns {
  /** In the order of coming. No number is in two of them. */
  readonly runs: Run[] = [];

  get empty(): boolean {
    return this.runs.length === 0;
  }

  get lowest(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { from } of this.runs) if (from < lowest) lowest = from;
    return lowest;
  }

  add(seq: number): void {
    this.addRun(seq, seq);
  }

  addRun(from: number, to: number): void {
    const { runs } = this;
    const last = runs.length === 0 ? undefined : (runs[runs.length - 1] as Run);
    if (last !== undefined && last.to === from - 1) last.to = to;
    else runs.push({ from, to });
  }

  sort(): readonly Run[] {
    return this.runs.sort((a, b) => a.from - b.from);
  }
}
