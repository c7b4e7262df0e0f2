/** What becomes of a published message where that is decided later: the queue settles it, the publisher's channel listens. */
export class Receipt {
  /** Null as long as nobody knows. */
  private kept: boolean | null = null;
  private listener: ((kept: boolean) => void) | null = null;

  /** `kept`: the promise of the queue is kept. False: refused, or lost. What comes after the first time has no effect. */
  settle(kept: boolean): void {
    if (this.kept !== null) return;
    this.kept = kept;
    this.listener?.(kept);
  }

  /** One listener; called at once if it is known. */
  whenSettled(listener: (kept: boolean) => void): void {
    if (this.kept === null) this.listener = listener;
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
