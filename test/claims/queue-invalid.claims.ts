/** The arguments of queue.declare that are refused, each with RabbitMQ's own words. */
import { strict as assert } from 'node:assert';
import { claim } from './harness/claim';
import { ARGUMENT_ORDER, declare, refusedArgument, typed } from './queue-declaring';

const integer = (type: string): string => `"expected integer, got ${type}"`;

/** Argument: values and what is said of them. */
const INVALID: Readonly<Record<string, readonly (readonly [value: unknown, reason: string])[]>> = {
  'x-message-ttl': [
    [-1, '{value_negative,-1}'],
    ['abc', integer('longstr')],
    ['1000', integer('longstr')],
    [1.5, integer('double')],
    [true, integer('bool')],
    [null, integer('void')],
    [[1], integer('array')],
    [{ a: 1 }, integer('table')],
    [typed('timestamp', 5), integer('timestamp')],
  ],
  'x-expires': [
    [0, '{value_zero,0}'],
    [-5, '{value_negative,-5}'],
    ['a', integer('longstr')],
  ],
  'x-max-length': [
    [-1, '{value_negative,-1}'],
    ['a', integer('longstr')],
    [typed('double', 5), integer('double')],
  ],
  'x-max-length-bytes': [
    [-1, '{value_negative,-1}'],
    ['1MB', integer('longstr')],
  ],
  'x-max-priority': [
    [256, '{max_value_exceeded,256}'],
    [-1, '{value_negative,-1}'],
    ['5', integer('longstr')],
  ],
  'x-overflow': [
    ['nope', 'invalid_overflow'],
    [5, '{unacceptable_type,byte}'],
  ],
  'x-dead-letter-routing-key': [
    ['k', 'routing_key_but_no_dlx_defined'],
    [5, '{unacceptable_type,byte}'],
  ],
  'x-queue-mode': [
    ['nope', '"unsupported queue mode \'nope\'"'],
    [5, '{unacceptable_type,byte}'],
  ],
  'x-queue-version': [
    [3, '"unsupported queue version \'3\'"'],
    [-1, '{value_negative,-1}'],
    ['2', integer('longstr')],
  ],
  'x-single-active-consumer': [
    ['yes', '{unacceptable_type,longstr}'],
    [1, '{unacceptable_type,byte}'],
  ],
  'x-queue-type': [
    ['nope', '"unsupported queue type \'nope\'"'],
    [5, '{unacceptable_type,byte}'],
  ],
};

for (const [argument, cases] of Object.entries(INVALID)) {
  const values = cases
    .map(([value]) => JSON.stringify(value))
    .slice(0, 2)
    .join(' or ');
  claim(
    `queue.invalid.${argument}`,
    `${argument} cannot be ${values}: the channel is closed with 406 and the reason.`,
    { notebook: '05' },
    async (t) => {
      for (const [value, reason] of cases) {
        await t.refused(
          declare(t, { [argument]: value }),
          406,
          `PRECONDITION_FAILED - invalid arg '${argument}' for queue '{q}' in vhost '{vhost}': ${reason}`,
        );
      }
      await t.refused((await t.channel()).checkQueue(t.name('q')), 404, "NOT_FOUND - no queue '{q}' in vhost '{vhost}'");
    },
  );
}

claim(
  'queue.invalid.x-dead-letter-exchange',
  'x-dead-letter-exchange must be a text; its error text differs from the others.',
  { notebook: '05' },
  async (t) => {
    for (const [value, type] of [
      [5, 'byte'],
      [true, 'bool'],
      [null, 'void'],
      [Buffer.from('dlx'), 'binary'],
    ] as const) {
      await t.refused(
        declare(t, { 'x-dead-letter-exchange': value }),
        406,
        `PRECONDITION_FAILED - invalid type '${type}' for arg 'x-dead-letter-exchange' in queue '{q}' in vhost '{vhost}'`,
      );
    }
  },
);

claim(
  'queue.invalid.x-queue-master-locator',
  'x-queue-master-locator cannot be a strategy that the server does not have.',
  {
    notebook: '05',
    differs: 'RabbitMQ does not check it: the channel process dies and the connection closes with 541. Warren refuses with 406.',
  },
  async (t) => {
    const ch = await t.channel(await t.connect());
    const declared = ch.assertQueue(t.name('q'), { durable: false, arguments: { 'x-queue-master-locator': 'nope' } });
    const reason = '"unsupported queue master locator \'nope\'"';
    if (t.engine === 'rabbitmq') await t.refused(declared, 541, 'INTERNAL_ERROR');
    else
      await t.refused(
        declared,
        406,
        `PRECONDITION_FAILED - invalid arg 'x-queue-master-locator' for queue '{q}' in vhost '{vhost}': ${reason}`,
      );
  },
);

const OTHER_KINDS = [
  'x-delivery-limit',
  'x-quorum-initial-group-size',
  'x-initial-cluster-size',
  'x-max-in-memory-length',
  'x-max-in-memory-bytes',
  'x-dead-letter-strategy',
  'x-max-age',
  'x-stream-max-segment-size-bytes',
  'x-queue-leader-locator',
];

claim(
  'queue.invalid.other-kinds',
  'Arguments that only quorum queues or streams have are refused for a classic queue, whatever their value.',
  { notebook: '05' },
  async (t) => {
    for (const argument of OTHER_KINDS) {
      await t.refused(
        declare(t, { [argument]: 5 }),
        406,
        `PRECONDITION_FAILED - invalid arg '${argument}' for queue '{q}' in vhost '{vhost}' of queue type rabbit_classic_queue`,
      );
    }
  },
);

claim(
  'queue.invalid.first',
  'Of several invalid arguments one is told: first the queue type, last what this type does not have, in a fixed order.',
  { notebook: '05' },
  async (t) => {
    const values = new Map(Object.entries(INVALID).map(([argument, cases]) => [argument, cases[0]?.[0]]));
    // The text of x-dead-letter-exchange tells of a type only; with any exchange there the routing key must be of a wrong type.
    values.set('x-dead-letter-routing-key', 5);
    const order = [
      'x-queue-type',
      ...ARGUMENT_ORDER.filter((argument) => argument !== 'x-dead-letter-exchange'),
      'x-max-age',
      'x-delivery-limit',
    ];
    for (let i = 0; i < order.length; i++) {
      // Backwards, but for the last two, which are told in the client's order.
      const rest = [...order.slice(i, -2).reverse(), ...order.slice(Math.max(i, order.length - 2))];
      assert.equal(
        await refusedArgument(t, Object.fromEntries(rest.map((argument) => [argument, values.get(argument) ?? 5]))),
        order[i],
      );
    }
  },
);
