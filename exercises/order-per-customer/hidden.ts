import { checks, connectionsUsed } from 'warren/grading';

/** Of one worker: one a lane, and some more. */
const CONNECTIONS_MOST = 8;

export default checks({
  lasting: (run) => {
    const lanes = run.note<string[]>('lanes');
    const { queues } = run.listing();
    const durable = lanes.every((lane) => queues.some(({ name, durable: lasts }) => name === lane && lasts));
    const transient = run.publishes.some(({ routingKey, persistent }) => routingKey === run.facts.env.DONE && !persistent);
    return durable && !transient ? [] : [{ text: 'transient' }];
  },
  'few-connections': (run) =>
    run.note<string[]>('workers').some((name) => connectionsUsed(run.records, name).opened > CONNECTIONS_MOST)
      ? [{ text: 'many-connections' }]
      : [],
});
