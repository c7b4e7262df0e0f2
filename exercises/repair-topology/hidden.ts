import { checks, type RunHistory } from 'warren/grading';

interface Message {
  readonly queue: string;
  readonly body: string;
  readonly properties: string;
}

type Waited = Readonly<Record<string, readonly { readonly body: string; readonly properties: string }[]>>;

function wasThere(run: RunHistory, { queue, body }: Message): boolean {
  return run.note<Waited>('waited')[queue]?.some((each) => each.body === body) === true;
}

export default checks({
  /** Of those that are still there. */
  'as-they-were': (run) => {
    const waiting = run.note<Message[]>('waiting').filter((each) => wasThere(run, each));
    const waited = run.note<Waited>('waited');
    const changed = waiting.some(({ queue, body, properties }) =>
      waited[queue]?.some((each) => each.body === body && each.properties !== properties),
    );
    if (changed) return [{ text: 'other-properties' }];
    const reordered = Object.keys(waited).some((queue) => {
      const before = waiting.filter((each) => each.queue === queue).map(({ body }) => body);
      const after = [...new Set(waited[queue]?.map(({ body }) => body))].filter((body) => before.includes(body));
      return after.join() !== before.join();
    });
    return reordered ? [{ text: 'other-order' }] : [];
  },
  survives: (run) => {
    const died = run.note<string>('died');
    const lost = run.note<Message[]>('waiting').some((each) => each.queue === died && !wasThere(run, each));
    return lost ? [{ text: 'died-with-messages' }] : [];
  },
});
