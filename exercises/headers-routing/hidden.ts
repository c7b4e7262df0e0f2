import { checks } from 'warren/grading';

interface Document {
  readonly body: string;
  readonly wanted: readonly string[];
  readonly about: string;
}

export default checks({
  'any-key': (run) => {
    const arrived = run.note<Record<string, string[]>>('arrived');
    const wrong = run
      .note<Document[]>('documents')
      .filter(({ about }) => about === 'any-key')
      .some(({ body, wanted }) =>
        Object.entries(arrived).some(([queue, bodies]) => bodies.includes(body) !== wanted.includes(queue)),
      );
    return wrong ? [{ text: 'key-matters' }] : [];
  },
});
