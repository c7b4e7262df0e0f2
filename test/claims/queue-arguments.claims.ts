/** The arguments of queue.declare: which must be the same when a queue is declared again, and the edges of what is accepted. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import { ARGUMENT_ORDER, declare, refusedArgument, typed } from './queue-declaring';
import type { Arguments } from './routing-probe';

// --- declaring again ---

/** How the refusal of an inequivalent argument begins. */
const inequivalent = (argument: string): string =>
  `PRECONDITION_FAILED - inequivalent arg '${argument}' for queue '{q}' in vhost '{vhost}'`;

claim(
  'queue.redeclare.attributes',
  'Declaring a queue again with another durability or auto-delete flag closes the channel with 406; durability is told first.',
  { notebook: '05' },
  async (t) => {
    const differs = (attribute: string): string => `${inequivalent(attribute)}: received 'true' but current is 'false'`;
    await declare(t);
    await t.refused(declare(t, {}, { durable: true }), 406, differs('durable'));
    await t.refused(declare(t, {}, { autoDelete: true }), 406, differs('auto_delete'));
    await t.refused(declare(t, { 'x-max-length': 1 }, { durable: true, autoDelete: true }), 406, differs('durable'));
    await t.refused(declare(t, { 'x-max-length': 1 }, { autoDelete: true }), 406, differs('auto_delete'));
  },
);

/** Argument, a value, its type in the error text, another value. */
const COMPARED: readonly (readonly [argument: string, value: unknown, type: string, other: unknown])[] = [
  ['x-message-ttl', 60_000, 'signedint', 1],
  ['x-expires', 60_000, 'signedint', 1],
  ['x-max-length', 5, 'byte', 6],
  ['x-max-length-bytes', 500, 'short', 6],
  ['x-overflow', 'reject-publish', 'longstr', 'drop-head'],
  ['x-dead-letter-exchange', 'dlx', 'longstr', ''],
  ['x-max-priority', 5, 'byte', 6],
  ['x-queue-mode', 'lazy', 'longstr', 'default'],
  ['x-queue-version', 2, 'byte', 1],
  ['x-single-active-consumer', true, 'bool', false],
  ['x-queue-master-locator', 'min-masters', 'longstr', 'client-local'],
];

for (const [argument, value, type, other] of COMPARED) {
  claim(
    `queue.redeclare.${argument}`,
    `${argument} must be the same when a queue is declared again.`,
    { notebook: '05' },
    async (t) => {
      const differs = (how: string): string =>
        `PRECONDITION_FAILED - inequivalent arg '${argument}' for queue '{q}' in vhost '{vhost}': ${how}`;
      await declare(t, { [argument]: value });
      await declare(t, { [argument]: value });
      await t.refused(declare(t, { [argument]: other }), 406, differs(`received '${other}' but current is '${value}'`));
      await t.refused(declare(t), 406, differs(`received none but current is the value '${value}' of type '${type}'`));
      await (await t.channel()).deleteQueue(t.name('q'));
      await declare(t);
      await t.refused(
        declare(t, { [argument]: value }),
        406,
        differs(`received the value '${value}' of type '${type}' but current is none`),
      );
    },
  );
}

claim(
  'queue.redeclare.x-dead-letter-routing-key',
  'x-dead-letter-routing-key must be the same when a queue is declared again.',
  { notebook: '05' },
  async (t) => {
    const args = { 'x-dead-letter-exchange': 'dlx' };
    const differs = (how: string): string =>
      `PRECONDITION_FAILED - inequivalent arg 'x-dead-letter-routing-key' for queue '{q}' in vhost '{vhost}': ${how}`;
    await declare(t, { ...args, 'x-dead-letter-routing-key': 'k' });
    await t.refused(
      declare(t, { ...args, 'x-dead-letter-routing-key': 'other' }),
      406,
      differs("received 'other' but current is 'k'"),
    );
    await t.refused(declare(t, args), 406, differs("received none but current is the value 'k' of type 'longstr'"));
  },
);

claim('queue.redeclare.x-queue-type', 'x-queue-type `classic` is the same as none.', { notebook: '05' }, async (t) => {
  for (const first of [{}, { 'x-queue-type': 'classic' }]) {
    await declare(t, first);
    await declare(t);
    await declare(t, { 'x-queue-type': 'classic' });
    await (await t.channel()).deleteQueue(t.name('q'));
  }
});

claim(
  'queue.redeclare.x-queue-type-other',
  'A queue keeps its type: declaring a classic queue again as a quorum queue closes the channel with 406.',
  { notebook: '05' },
  async (t) => {
    const differs = (how: string): string =>
      `PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue '{q}' in vhost '{vhost}': ${how}`;
    const quorum = { 'x-queue-type': 'quorum' };
    await declare(t, {}, { durable: true });
    await t.refused(
      declare(t, quorum, { durable: true }),
      406,
      differs("received the value 'quorum' of type 'longstr' but current is none"),
    );
    await (await t.channel()).deleteQueue(t.name('q'));
    await declare(t, { 'x-queue-type': 'classic' }, { durable: true });
    await t.refused(declare(t, quorum, { durable: true }), 406, differs("received 'quorum' but current is 'classic'"));
  },
);

claim(
  'queue.redeclare.numbers',
  'Integers are the same whatever their size; a float or a text of the same value is not.',
  { notebook: '05' },
  async (t) => {
    await declare(t, { 'x-max-length': 5 });
    for (const type of ['byte', 'short', 'int32', 'int64', 'timestamp']) await declare(t, { 'x-max-length': typed(type, 5) });
    const differs = (received: string): string => `${inequivalent('x-max-length')}: received '${received}' but current is '5'`;
    await t.refused(declare(t, { 'x-max-length': typed('double', 5) }), 406, differs('5.0'));
    await t.refused(declare(t, { 'x-max-length': '5' }), 406, differs('5'));
  },
);

claim(
  'queue.redeclare.unchecked',
  'Values that no queue could have are compared like others when a queue is declared again, not refused as invalid.',
  { notebook: '05' },
  async (t) => {
    await declare(t);
    const received = (value: string, type: string): string =>
      `${inequivalent('x-max-length')}: received the value '${value}' of type '${type}' but current is none`;
    await t.refused(declare(t, { 'x-max-length': -1 }), 406, received('-1', 'byte'));
    await t.refused(declare(t, { 'x-max-length': 'many' }), 406, received('many', 'longstr'));
    await t.refused(declare(t, { 'x-max-length': null }), 406, received('undefined', 'void'));
    await t.refused(declare(t, { 'x-max-length': ['a', 1.5] }), 406, received('[{longstr,<<"a">>},{double,1.5}]', 'array'));
  },
);

claim(
  'queue.redeclare.unknown',
  'Arguments that no queue knows are accepted, and not compared when it is declared again; nor those of other kinds.',
  { notebook: '05' },
  async (t) => {
    await declare(t, { 'x-mine': 1 });
    await declare(t, { 'x-mine': 2, more: ['x'] });
    await declare(t, { 'x-delivery-limit': 3 });
  },
);

claim(
  'queue.redeclare.first',
  'Of several arguments that differ one is told, in a fixed order whatever the order of the client.',
  { notebook: '05' },
  async (t) => {
    await declare(t);
    const values = new Map<string, unknown>(COMPARED.map(([argument, value]) => [argument, value]));
    values.set('x-dead-letter-routing-key', 'k');
    for (let i = 0; i < ARGUMENT_ORDER.length; i++) {
      const rest = ARGUMENT_ORDER.slice(i).reverse();
      assert.equal(
        await refusedArgument(t, Object.fromEntries(rest.map((argument) => [argument, values.get(argument)]))),
        ARGUMENT_ORDER[i],
      );
    }
  },
);

// --- values that are accepted ---

claim(
  'queue.arguments.edges',
  'The smallest and largest values: length 0, time to live 0, priorities 0 to 255, an empty dead letter exchange.',
  { notebook: '05' },
  async (t) => {
    const edges: readonly Arguments[] = [
      { 'x-max-length': 0 },
      { 'x-max-length-bytes': 0 },
      { 'x-message-ttl': 0 },
      { 'x-expires': typed('int64', 86_400_000) },
      { 'x-max-priority': 0 },
      { 'x-max-priority': 255 },
      { 'x-dead-letter-exchange': '' },
      { 'x-dead-letter-exchange': 'not declared yet', 'x-dead-letter-routing-key': '' },
      { 'x-overflow': 'reject-publish-dlx' },
    ];
    for (const args of edges) {
      await declare(t, args);
      await (await t.channel()).deleteQueue(t.name('q'));
    }
  },
);

claim(
  'queue.arguments.zero-priority',
  'x-max-priority 0 is accepted, but it is not the same as none.',
  { notebook: '05' },
  async (t) => {
    await declare(t, { 'x-max-priority': 0 });
    await t.refused(
      declare(t),
      406,
      `${inequivalent('x-max-priority')}: received none but current is the value '0' of type 'byte'`,
    );
  },
);

claim(
  'queue.arguments.mode',
  'x-queue-mode `lazy` and x-queue-version change how a queue keeps its messages, not what a client sees of it.',
  { notebook: '05' },
  async (t) => {
    const ch = await t.confirmChannel();
    const kinds: readonly Arguments[] = [
      {},
      { 'x-queue-mode': 'lazy' },
      { 'x-queue-mode': 'default' },
      { 'x-queue-version': 1 },
      { 'x-queue-version': 2 },
    ];
    for (const [i, args] of kinds.entries()) {
      const queue = t.name(`q${i}`);
      await ch.assertQueue(queue, { exclusive: true, arguments: args });
      for (const body of ['m1', 'm2', 'm3']) await t.publish(ch, '', queue, body);
      const got = await ch.get(queue);
      if (got !== false) ch.nack(got);
      await t.untilReady(ch, queue, 3);
      assert.deepEqual(await t.drain(ch, queue), ['m1', 'm2', 'm3']);
    }
  },
);
