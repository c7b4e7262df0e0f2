import { checks } from 'warren/grading';

interface Policy {
  readonly name: string;
}

export default checks({
  'others-untouched': (run) => {
    const { HOUSE, MOST } = run.facts.env;
    const seen = run.note<{ role: string; accepted: number; late: number; buried: number }[]>('seen');
    const others = seen.filter(({ role }) => role === 'other');
    const asBefore = others.every(
      ({ accepted, late, buried }) => [accepted, late].every((n) => n === Number(MOST)) && buried === 0,
    );
    const { before, after } = run.note<Record<'before' | 'after', Policy[]>>('house');
    const house = (policies: readonly Policy[]): string => JSON.stringify(policies.find(({ name }) => name === HOUSE));
    return asBefore && house(before) === house(after) ? [] : [{ text: 'touched' }];
  },
});
