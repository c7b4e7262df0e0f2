/** Mutants of an answer: which mistakes are made, where, and that each is one mistake. */
import { strict as assert } from 'node:assert';
import { lineMutantsOf, mutantsOf, OPERATORS } from '../../../lib/grading/author/mutants';

const ANSWER = `
export default async function ({ amqp, url }) {
  const connection = await amqp.connect(url);
  connection.once('close', () => begin());
  const channel = await connection.createConfirmChannel();
  await channel.bindQueue('q', 'x', 'key');
  await channel.prefetch(5);
  await channel.consume('q', async (message) => {
    if (message === null) return;
    channel.publish('x', 'key', message.content, { persistent: true, mandatory: true, messageId: id });
    await channel.waitForConfirms();
    if (bad(message)) channel.nack(message, false, false);
    else channel.ack(message);
  });
}
async function ship(order) {
  await store.commit(order);
  channel.sendToQueue('shipped', order, {}, (error) => done(error));
}
`;

const made = mutantsOf(ANSWER);
/** The lines of the mutant of this name that are not those of the answer. */
function changed(operator: string): string[][] {
  const before = ANSWER.split('\n');
  return made
    .filter(({ name }) => name.startsWith(`${operator}: `))
    .map(({ text }) => text.split('\n').flatMap((line, at) => (line === before[at] ? [] : [line.trim()])));
}

describe('mutants of an answer', () => {
  const expected: Readonly<Record<string, string[][]>> = {
    'drop ack': [['else undefined;']],
    'ack before work': [['if (message === null) return; channel.ack(message);', 'else undefined;']],
    'flip requeue': [['if (bad(message)) channel.nack(message, false, true);']],
    'persistence off': [["channel.publish('x', 'key', message.content, { persistent: false, mandatory: true, messageId: id });"]],
    'confirm not awaited': [
      ['await Promise.resolve();'],
      ["(channel.sendToQueue('shipped', order, {}), (((error) => done(error)) as any)(null));"],
    ],
    'mandatory off': [["channel.publish('x', 'key', message.content, { persistent: true, mandatory: false, messageId: id });"]],
    'prefetch 0': [['await channel.prefetch(0);']],
    'connection per message': [["await channel.consume('q', async (message) => { void amqp.connect(url);"]],
    'dedup key changed': [
      ["channel.publish('x', 'key', message.content, { persistent: true, mandatory: true, messageId: String(Math.random()) });"],
    ],
    'publish before commit': [
      ["channel.sendToQueue('shipped', order, {}, (error) => done(error));", 'await store.commit(order);'],
    ],
    'wrong key': [
      ["channel.publish('x', ('key') + '.x', message.content, { persistent: true, mandatory: true, messageId: id });"],
      ["channel.sendToQueue(('shipped') + '.x', order, {}, (error) => done(error));"],
    ],
    'binding dropped': [['await undefined;']],
    'channel error swallowed': [["connection.once('close', () => undefined);"]],
  };

  for (const [operator, lines] of Object.entries(expected)) it(operator, () => assert.deepEqual(changed(operator), lines));

  it('every operator has been shown, and names are told apart', () => {
    assert.deepEqual(Object.keys(expected), Object.keys(OPERATORS));
    const twice = mutantsOf('c.ack(m); c.ack(m);').map(({ name }) => name);
    assert.deepEqual(twice, ['drop ack: c.ack(m)', 'drop ack: c.ack(m) (2)']);
  });

  it('flips what nobody wrote: a nack without arguments puts back', () => {
    const [flipped] = mutantsOf('c.nack(m);').filter(({ name }) => name.startsWith('flip'));
    assert.equal(flipped?.text, 'c.nack(m, false, false);');
    const [rejected] = mutantsOf('c.reject(m);').filter(({ name }) => name.startsWith('flip'));
    assert.equal(rejected?.text, 'c.reject(m, false);');
  });

  it('leaves one line out of an operator’s answer, unless it only waits', () => {
    assert.deepEqual(
      lineMutantsOf(['a', 'b']).map(({ lines }) => lines),
      [['b'], ['a']],
    );
    assert.deepEqual(
      lineMutantsOf(['a', 'rabbitmqctl -n n1 await_startup']).map(({ name }) => name),
      ['left out: a'],
    );
  });
});
