import { checks } from 'warren/grading';

interface Found {
  readonly body: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export default checks({
  'as-sent': (run) => {
    const sent = new Map(run.note<{ body: string; id: string }[]>('sent').map(({ body, id }) => [body, id]));
    const changed = run.note<Found[]>('found').some(({ body, properties }) => {
      const { messageId, contentType, deliveryMode } = properties;
      return messageId !== sent.get(body) || contentType !== 'text/plain' || deliveryMode !== 2;
    });
    return changed ? [{ text: 'changed' }] : [];
  },
  tidy: (run) => {
    const { EXCHANGE, NEW, OLD, SPARE } = run.facts.env;
    const { queues, exchanges } = run.listing();
    const own = queues.filter(({ name, exclusive }) => !exclusive && name !== NEW && name !== OLD);
    const others = exchanges.filter(({ name }) => name !== '' && !name.startsWith('amq.') && name !== EXCHANGE && name !== SPARE);
    return own.length + others.length === 0 ? [] : [{ text: 'left-behind' }];
  },
});
