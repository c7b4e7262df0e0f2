import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FieldTable } from '../../../lib/amqp/field-table';
import { ProtocolError } from '../../../lib/broker/errors';
import { assertSameArguments, checkQueueArguments } from '../../../lib/broker/queue-arguments';
import { fieldValue } from './exchange/fields';

const NAMES = [
  'x-message-ttl',
  'x-expires',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-max-length',
  'x-max-priority',
  'x-overflow',
  'x-queue-mode',
  'x-queue-version',
  'x-queue-type',
  'x-queue-master-locator',
  'x-single-active-consumer',
  'x-max-age',
  'x-mine',
];
const WORDS = ['classic', 'quorum', 'lazy', 'drop-head', 'reject-publish', 'random'].map(
  (value) => ({ kind: 'longstr', value }) as const,
);
const table = fc
  .dictionary(fc.constantFrom(...NAMES), fc.oneof(fieldValue, fc.constantFrom(...WORDS)), { maxKeys: 4 })
  .map((object): FieldTable => new Map(Object.entries(object)));

/** The refusal, or null. */
function refusal(action: () => void): ProtocolError | null {
  try {
    action();
    return null;
  } catch (error) {
    assert.ok(error instanceof ProtocolError, String(error));
    return error;
  }
}

describe('queue arguments', () => {
  it('are accepted or refused with 406, and only a type of queue that is not there with 540', () => {
    fc.assert(
      fc.property(table, (args) => {
        const refused = refusal(() => checkQueueArguments('q', '/', args, false));
        if (refused === null) return;
        assert.equal(refused.reply.code, ['quorum', 'stream'].includes(args.get('x-queue-type')?.value as string) ? 540 : 406);
        assert.match(refused.detail, /x-|queues/);
      }),
      { numRuns: 2000 },
    );
  });

  it('are the same as themselves, and as the same in another order', () => {
    fc.assert(
      fc.property(table, (args) => {
        assertSameArguments('queue', args, args);
        assertSameArguments('queue', new Map([...args].reverse()), args);
      }),
    );
  });

  it('differ both ways or not at all', () => {
    fc.assert(
      fc.property(table, table, (a, b) => {
        const [one, other] = [
          refusal(() => assertSameArguments('queue', a, b)),
          refusal(() => assertSameArguments('queue', b, a)),
        ];
        assert.equal(one === null, other === null);
        assert.equal(one?.reply.code, other?.reply.code);
      }),
      { numRuns: 1000 },
    );
  });
});
