import { checks, isGone, type RunHistory } from 'warren/grading';

interface Asked {
  readonly client: number;
  readonly id: string;
  readonly body: string;
  readonly wanted: number | null;
}

interface Reply {
  readonly client: number;
  readonly id: string;
  readonly body: string;
}

const CLIENTS = ['the first client', 'the second client', 'the client with direct reply-to'];

const clientOf = ({ client }: Pick<Asked, 'client'>): string => CLIENTS[client] ?? '';

function repliesTo(run: RunHistory, { client, id }: Asked): Reply[] {
  return run.note<Reply[]>('replies').filter((reply) => reply.client === client && reply.id === id);
}

function fieldOf({ body }: Reply, name: 'result' | 'error'): unknown {
  try {
    return (JSON.parse(body) as Record<string, unknown>)?.[name];
  } catch {
    return undefined;
  }
}

export default checks({
  answers: (run) => {
    const open = run.note<Asked[]>('asked').filter((asked) => asked.wanted !== null && repliesTo(run, asked).length === 0);
    const [first] = open;
    return first === undefined ? [] : [{ text: 'silence', with: { count: open.length, client: clientOf(first), id: first.id } }];
  },
  right: (run) =>
    run.note<Asked[]>('asked').flatMap((asked) => {
      const wrong = repliesTo(run, asked).find((reply) => asked.wanted !== null && fieldOf(reply, 'result') !== asked.wanted);
      if (wrong === undefined) return [];
      return [{ text: 'wrong-result', with: { request: asked.body, wanted: asked.wanted ?? '', body: wrong.body } }];
    }),
  correlated: (run) => {
    const known = new Set([...run.note<Asked[]>('asked'), run.note<Asked>('last')].map(({ client, id }) => `${client} ${id}`));
    return run
      .note<Reply[]>('replies')
      .filter(({ client, id }) => !known.has(`${client} ${id}`))
      .map((reply) => ({ text: reply.id === '' ? 'no-id' : 'stray', with: { client: clientOf(reply), id: reply.id } }));
  },
  'failures-answered': (run) =>
    run.note<Asked[]>('asked').flatMap((asked) => {
      if (asked.wanted !== null) return [];
      const replies = repliesTo(run, asked);
      const told = replies.length > 0 && replies.every((reply) => Boolean(fieldOf(reply, 'error')));
      const text = replies.length === 0 ? 'failure-silent' : 'failure-not-told';
      return told ? [] : [{ text, with: { request: asked.body, client: clientOf(asked), body: replies[0]?.body ?? '' } }];
    }),
  'nothing-lost': (run) => {
    const done = new Set(run.deliveries.filter(isGone).map(({ properties }) => keyOf(properties.replyTo, properties)));
    const arrived = new Set(
      run.publishes.filter(({ record }) => !record.cut).map((each) => keyOf(each.routingKey, each.properties)),
    );
    return run.publishes
      .filter(({ record, routingKey, properties }) => {
        const key = keyOf(routingKey, properties);
        return record.cut && done.has(key) && !arrived.has(key);
      })
      .map(({ record, body, properties }) => ({
        text: 'lost',
        with: { id: String(properties.correlationId ?? ''), body },
        at: record,
        follow: body,
      }));
  },
});

function keyOf(queue: unknown, { correlationId }: Readonly<Record<string, unknown>>): string {
  return `${queue} ${correlationId}`;
}
