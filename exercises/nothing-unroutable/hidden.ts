import { checks } from 'warren/grading';

interface Letter {
  readonly body: string;
  readonly wanted: readonly string[];
}

export default checks({
  /** Judged where a return was lost; who is never told of a stray fails elsewhere. */
  survives: (run) => {
    const arrived = run.note<Record<string, readonly { body: string }[]>>('third arrived');
    const bodies = new Set(Object.values(arrived).flatMap((letters) => letters.map(({ body }) => body)));
    const lost = run.note<string>('lost') !== '' && run.note<Letter[]>('third').some(({ body }) => !bodies.has(body));
    return lost ? [{ text: 'lost-on-the-way' }] : [];
  },
});
