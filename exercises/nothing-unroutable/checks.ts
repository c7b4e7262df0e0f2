import { checks, type Finding, type RunHistory } from 'warren/grading';

interface Letter {
  readonly to: string;
  readonly body: string;
  readonly wanted: readonly string[];
}

type Arrived = Readonly<Record<string, readonly { readonly to: unknown; readonly body: string }[]>>;

const BATCHES = ['first', 'second', 'third'] as const;

/** A letter at a place, if it came there. */
function found(run: RunHistory, batch: string, place: string, { body }: Letter): { readonly to: unknown } | undefined {
  const queue = run.facts.env[place] ?? place;
  return run.note<Arrived>(`${batch} arrived`)[queue]?.find((each) => each.body === body);
}

function straysOf(run: RunHistory, batch: string): Letter[] {
  return run.note<Letter[]>(batch).filter(({ wanted }) => wanted.length === 0);
}

export default checks({
  delivers: (run) => {
    const undelivered = BATCHES.flatMap((batch) =>
      run
        .note<Letter[]>(batch)
        .flatMap((letter) =>
          letter.wanted.flatMap((queue): Finding[] =>
            found(run, batch, queue, letter) === undefined ? [{ text: 'undelivered', with: { to: letter.to, queue } }] : [],
          ),
        ),
    );
    if (undelivered.length > 0) return undelivered;
    const left = run.listing().queues.find(({ name }) => name === run.facts.env.OUTBOX);
    const count = (left?.ready ?? 0) + (left?.unacked ?? 0);
    return count === 0 ? [] : [{ text: 'left-in-outbox', with: { count } }];
  },
  caught: (run) => {
    const own = straysOf(run, 'first').flatMap((letter): Finding[] => {
      if (found(run, 'first', 'CAUGHT', letter) !== undefined) return [];
      const text = found(run, 'first', 'UNROUTABLE', letter) !== undefined ? 'came-back' : 'not-caught';
      return [{ text, with: { to: letter.to }, follow: letter.body }];
    });
    const ofOthers = straysOf(run, 'of others').flatMap((letter): Finding[] =>
      found(run, 'first', 'CAUGHT', letter) !== undefined ? [] : [{ text: 'others-not-caught', with: { to: letter.to } }],
    );
    const [wanted] = run
      .note<Letter[]>('first')
      .filter((letter) => letter.wanted.length > 0 && found(run, 'first', 'CAUGHT', letter) !== undefined);
    const both = wanted === undefined ? [] : [{ text: 'caught-too', with: { to: wanted.to } }];
    return [...own, ...ofOthers, ...both];
  },
  returned: (run) =>
    straysOf(run, 'second').flatMap((letter): Finding[] => {
      const reported = found(run, 'second', 'UNROUTABLE', letter);
      if (reported?.to === letter.to || found(run, 'second', 'CAUGHT', letter) !== undefined) return [];
      if (reported !== undefined) return [{ text: 'no-addressee', with: { to: letter.to } }];
      const published = run.publishes.find(({ body }) => body === letter.body);
      const text = published?.returned ? 'return-unheard' : published?.mandatory ? 'gone' : 'not-asked-back';
      return [{ text, with: { to: letter.to }, at: published?.returned ?? published?.record, follow: letter.body }];
    }),
  persistent: (run) =>
    run.publishes
      .filter(({ persistent }) => !persistent)
      .slice(0, 1)
      .map(({ routingKey, record, body }) => ({ text: 'transient', with: { key: routingKey }, at: record, follow: body })),
});
