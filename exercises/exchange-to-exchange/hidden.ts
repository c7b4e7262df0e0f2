import { checks } from 'warren/grading';

interface Sent {
  readonly body: string;
  readonly wanted: readonly string[];
}

type Arrived = Readonly<Record<string, readonly string[]>>;

export default checks({
  undisturbed: (run) => {
    const arrived = run.note<Arrived>('arrived later');
    const wrong = run
      .note<Sent[]>('meanwhile')
      .some(({ body, wanted }) => wanted.some((team) => arrived[team]?.filter((each) => each === body).length !== 1));
    return wrong ? [{ text: 'disturbed' }] : [];
  },
  remembered: (run) => {
    const arrived = run.note<Arrived>('arrived later');
    const { team } = run.note<{ team: string }>('last change');
    const wrong = run
      .note<Sent[]>('later')
      .some(({ body, wanted }) => arrived[team]?.includes(body) === true && !wanted.includes(team));
    return wrong ? [{ text: 'forgotten' }] : [];
  },
});
