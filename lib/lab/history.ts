/**
 * What the clients of an experiment did and saw, and what it comes to, in the words of Jepsen's checkers. It is written down by
 * the clients, so it is judged without asking the broker, and any broker can be judged. Pure: nothing here connects to anything.
 */

/** What its publisher knows of a message. */
export type Outcome =
  /** Nothing: the connection was lost, or the answer is still to come. */
  | 'open'
  /** basic.ack: the broker has promised to keep it. */
  | 'acknowledged'
  /** basic.nack: it may be there all the same. */
  | 'refused'
  /** basic.return: no queue took it. */
  | 'returned';

/** One message, published once and never again, as its clients know it. */
export interface Fate {
  outcome: Outcome;
  /** How often a consumer has acknowledged it; whether that arrived is another question. */
  consumed: number;
}

/** A message may stand under several of these. */
export interface Verdict<T> {
  /** Handed to the broker. */
  readonly attempted: readonly T[];
  /** Confirmed to their publisher. */
  readonly acknowledged: readonly T[];
  /** Confirmed, and never given to a consumer that acknowledged. */
  readonly lost: readonly T[];
  /** Acknowledged by consumers more than once. */
  readonly duplicated: readonly T[];
  /** Nobody knew whether they were kept, and they were. */
  readonly recovered: readonly T[];
  /** Given to a consumer though nobody published them, or though they came back to their publisher. */
  readonly unexpected: readonly T[];
}

export function newFate(): Fate {
  return { outcome: 'open', consumed: 0 };
}

/** What was said first counts: a returned message is confirmed as well, a moment later, for the broker is done with it. */
export function settle(fate: Fate, outcome: Outcome): void {
  if (fate.outcome === 'open' || fate.outcome === 'refused') fate.outcome = outcome;
}

/** To be asked when consumers have been given all that was left: what was not seen by then is not there. */
export function judge<T extends Fate>(fates: Iterable<T>): Verdict<T> {
  const attempted = [...fates];
  const seen = attempted.filter(({ consumed }) => consumed > 0);
  return {
    attempted,
    acknowledged: attempted.filter(({ outcome }) => outcome === 'acknowledged'),
    lost: attempted.filter(({ outcome, consumed }) => outcome === 'acknowledged' && consumed === 0),
    duplicated: seen.filter(({ consumed }) => consumed > 1),
    recovered: seen.filter(({ outcome }) => outcome === 'open' || outcome === 'refused'),
    unexpected: seen.filter(({ outcome }) => outcome === 'returned'),
  };
}

/**
 * The history of an experiment whose messages are told apart by their ids:
 *
 *     history.attempted(id);
 *     channel.sendToQueue(queue, body, { messageId: id }, (error) => error === null && history.acknowledged(id));
 *     ...
 *     channel.ack(message);
 *     history.consumed(message.properties.messageId);
 *     ...
 *     console.log(history.verdict().lost);
 *
 * One that was published again under its id is the same message: attempted once, and acknowledged if one of its copies was.
 */
export class History {
  readonly #fates = new Map<string, Fate>();
  readonly #strangers = new Set<string>();

  /** It is about to be published. */
  attempted(id: string): void {
    const fate = this.#fates.get(id);
    if (fate === undefined) this.#fates.set(id, newFate());
    else if (fate.outcome === 'returned') fate.outcome = 'open';
  }

  /** The broker has confirmed it. Throws, as the next two do, on a message that was never attempted. */
  acknowledged(id: string): void {
    settle(this.#fate(id), 'acknowledged');
  }

  /** The broker has answered with basic.nack. */
  refused(id: string): void {
    settle(this.#fate(id), 'refused');
  }

  /** The broker has sent it back. */
  returned(id: string): void {
    settle(this.#fate(id), 'returned');
  }

  /** A consumer has acknowledged it. */
  consumed(id: string): void {
    const fate = this.#fates.get(id);
    if (fate === undefined) this.#strangers.add(id);
    else fate.consumed++;
  }

  /** Ids, in the order in which they were attempted; those that nobody attempted come last. */
  verdict(): Verdict<string> {
    const verdict = judge([...this.#fates].map(([id, fate]) => ({ id, ...fate })));
    const ids = (fates: readonly { readonly id: string }[]): string[] => fates.map(({ id }) => id);
    return {
      attempted: ids(verdict.attempted),
      acknowledged: ids(verdict.acknowledged),
      lost: ids(verdict.lost),
      duplicated: ids(verdict.duplicated),
      recovered: ids(verdict.recovered),
      unexpected: [...ids(verdict.unexpected), ...this.#strangers],
    };
  }

  #fate(id: string): Fate {
    const fate = this.#fates.get(id);
    if (fate === undefined) throw new Error(`The message '${id}' was never attempted; call attempted() before it is published.`);
    return fate;
  }
}
