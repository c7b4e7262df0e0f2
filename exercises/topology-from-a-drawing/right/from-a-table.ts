import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const named = (name: string): string => env[name] ?? '';
  const drawing: readonly (readonly [string, string, string, 'queue' | 'exchange'])[] = [
    ['ENTRY', 'order.#', 'ARCHIVE', 'queue'],
    ['ENTRY', 'order.*.urgent', 'ALARM', 'exchange'],
    ['ENTRY', 'invoice.*', 'BILLING', 'queue'],
    ['ENTRY', `*.${named('REGION')}.#`, 'BILLING', 'queue'],
    ['ALARM', 'anything', 'DESK', 'queue'],
    ['ALARM', 'anything', 'PHONE', 'queue'],
  ];
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  await Promise.all([channel.assertExchange(named('ENTRY'), 'topic'), channel.assertExchange(named('ALARM'), 'fanout')]);
  const settings: Record<string, object> = { PHONE: { 'x-max-length': Number(named('LIMIT')), 'x-overflow': 'drop-head' } };
  for (const queue of new Set(drawing.filter(([, , , kind]) => kind === 'queue').map(([, , to]) => to))) {
    await channel.assertQueue(named(queue), { arguments: settings[queue] ?? {} });
  }
  for (const [from, key, to, kind] of drawing) {
    if (kind === 'queue') await channel.bindQueue(named(to), named(from), key);
    else await channel.bindExchange(named(to), named(from), key);
    log(`${from} --${key}--> ${to}`);
  }
  await channel.close();
  await connection.close();
}
