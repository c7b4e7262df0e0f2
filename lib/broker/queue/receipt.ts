/**
 * What becomes of published messages where that is decided later: the queue settles it, the publishers' channels listen. Messages
 * that will be decided together may share one.
 */
export class Receipt {
  /** Null as long as nobody knows. */
  kept: boolean | null = null;
  private listeners: Array<(kept: boolean) => void> = [];

  /** `kept`: the promise of the queue is kept. False: refused, or lost. What comes after the first time has no effect. */
  settle(kept: boolean): void {
    if (this.kept !== null) return;
    this.kept = kept;
    for (const listener of this.listeners.splice(0)) listener(kept);
  }

  /** Called at once if it is known. */
  whenSettled(listener: (kept: boolean) => void): void {
    if (this.kept === null) this.listeners.push(listener);
    else listener(this.kept);
  }
}

/** Calls back once all are settled, with whether all were kept. */
export function whenAllSettled(receipts: readonly Receipt[], done: (kept: boolean) => void): void {
  let open = receipts.length;
  let all = true;
  const one = (kept: boolean): void => {
    all &&= kept;
    if (--open === 0) done(all);
  };
  if (open === 0) done(true);
  for (const receipt of receipts) receipt.whenSettled(one);
}
