import { checks } from 'warren/grading';

interface LineMeanwhile {
  readonly body: string;
  readonly both: readonly string[];
  readonly either: readonly string[];
}

export default checks({
  'no-gap': (run) => {
    const arrived = run.note<Record<string, readonly string[]>>('arrived later');
    const came = (queue: string, body: string): boolean => arrived[queue]?.includes(body) === true;
    const missed = run
      .note<LineMeanwhile[]>('meanwhile')
      .some(({ body, both, either }) => !both.every((queue) => came(queue, body)) || !either.some((queue) => came(queue, body)));
    return missed ? [{ text: 'gap' }] : [];
  },
});
