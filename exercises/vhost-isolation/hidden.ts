import { checks, connectionsUsed } from 'warren/grading';

interface Sent {
  readonly body: string;
  readonly id: string;
  readonly mark: string | null;
}

interface Arrived {
  readonly body: string;
  readonly properties: { readonly [name: string]: unknown; readonly headers?: Readonly<Record<string, unknown>> };
}

/** Of one program: two virtual hosts, each for reading and writing, and each again after it was lost. */
const CONNECTIONS_MOST = 8;

export default checks({
  'as-sent': (run) => {
    const sent = new Map(run.note<Sent[]>('sent').map((message) => [message.body, message]));
    const changed = run.note<Arrived[]>('arrived').some(({ body, properties }) => {
      const message = sent.get(body);
      if (message === undefined) return true;
      const { messageId, contentType, deliveryMode, headers = {} } = properties;
      const same = messageId === message.id && contentType === 'text/plain' && deliveryMode === 2;
      return !same || headers.shelf === undefined || (headers.for ?? null) !== message.mark;
    });
    return changed ? [{ text: 'changed' }] : [];
  },
  'few-connections': (run) =>
    run.facts.programs.some(({ program }) => connectionsUsed(run.records, program).opened > CONNECTIONS_MOST)
      ? [{ text: 'many-connections' }]
      : [],
});
