/** What is refused of a quorum queue, in the words of RabbitMQ 3.10.8, and what is made of what it accepts. */
import { strict as assert } from 'node:assert';
import { field, type Field } from '../../../../lib/amqp/field-table';
import type { JsonObject } from '../../../../lib/broker/api';
import { ProtocolError } from '../../../../lib/broker/errors';
import { checkQueueName } from '../../../../lib/broker/queue-arguments';
import {
  checkQuorumConsumer,
  checkQuorumDeclaration,
  checkQuorumDeletion,
  noGetBesideActiveConsumer,
  type QuorumDeclaration,
} from '../../../../lib/cluster/quorum/machine/declaration';
import { withDeliveryCount } from '../../../../lib/cluster/quorum/machine/delivered';
import { quorumConfigOf } from '../../../../lib/cluster/quorum/machine/settings';
import { messageOf } from '../../broker/messages';

type Args = Readonly<Record<string, Field>>;

function refusal(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    return `${error.reply.code} ${error.detail}`;
  }
}

function declared(args: Args = {}, properties: Partial<QuorumDeclaration> = {}): string | null {
  const plain = { name: 'q', vhost: '/', durable: true, exclusive: false, autoDelete: false };
  return refusal(() => checkQuorumDeclaration({ ...plain, args: new Map(Object.entries(args)), ...properties }));
}

const QUEUE = "queue 'q' in vhost '/'";

describe('a quorum queue that is declared', () => {
  it('is durable, shared and lasting', () => {
    assert.equal(declared(), null);
    assert.equal(declared({}, { durable: false }), `406 invalid property 'non-durable' for ${QUEUE}`);
    assert.equal(declared({}, { exclusive: true, durable: false }), `406 invalid property 'exclusive-owner' for ${QUEUE}`);
    assert.equal(declared({}, { autoDelete: true, exclusive: true }), `406 invalid property 'auto-delete' for ${QUEUE}`);
    const args = new Map([['x-queue-type', field.text('quorum')]]);
    assert.equal(
      refusal(() => checkQueueName('', args)),
      '406 Cannot declare a server-named queue for type rabbit_quorum_queue',
    );
  });

  it('has no priorities, modes, versions and master', () => {
    for (const key of ['x-max-priority', 'x-queue-mode', 'x-queue-version', 'x-queue-master-locator', 'x-max-age']) {
      const text = `406 invalid arg '${key}' for ${QUEUE} of queue type rabbit_quorum_queue`;
      assert.equal(declared({ [key]: field.int(1) }, { exclusive: true }), text);
    }
  });

  it('is refused for bad values of its own arguments, and for those first', () => {
    const bad: ReadonlyArray<readonly [key: string, value: Field, reason: string]> = [
      ['x-dead-letter-strategy', field.text('nope'), 'invalid_dlx_strategy'],
      ['x-dead-letter-strategy', { kind: 'byte', value: 5 }, '{unacceptable_type,byte}'],
      ['x-max-in-memory-length', field.int(-1), '{value_negative,-1}'],
      ['x-max-in-memory-bytes', field.text('a'), '"expected integer, got longstr"'],
      ['x-quorum-initial-group-size', field.int(0), '{value_zero,0}'],
      ['x-quorum-initial-group-size', field.int(-1), '{value_negative,-1}'],
      ['x-queue-leader-locator', field.text('nope'), 'invalid_queue_locator_arg'],
    ];
    for (const [key, value, reason] of bad) {
      assert.equal(
        declared({ 'x-queue-mode': field.text('lazy'), [key]: value }),
        `406 invalid arg '${key}' for ${QUEUE}: ${reason}`,
      );
    }
  });

  it('accepts what has no effect, or what nobody looks at', () => {
    assert.equal(declared({ 'x-max-in-memory-length': field.int(5), 'x-queue-leader-locator': field.text('balanced') }), null);
    assert.equal(declared({ 'x-delivery-limit': field.text('a'), 'x-unknown': field.int(1) }), null);
  });
});

describe('who uses a quorum queue', () => {
  it('is refused consumer arguments of other kinds, and a shared prefetch', () => {
    const consume = (args: Args, shared = false): string | null =>
      refusal(() => checkQuorumConsumer('q', '/', new Map(Object.entries(args)), shared));
    assert.equal(consume({ 'x-priority': field.int(5) }), null);
    assert.equal(consume({}, true), `540 ${QUEUE} does not support global qos`);
    for (const key of ['x-stream-offset', 'x-cancel-on-ha-failover']) {
      const text = `406 invalid arg '${key}' for ${QUEUE} of queue type rabbit_quorum_queue`;
      assert.equal(consume({ [key]: field.text('a') }, true), text);
    }
  });

  it('deletes it without conditions', () => {
    const refused = (ifUnused: boolean, ifEmpty: boolean): string | null =>
      refusal(() => checkQuorumDeletion('q', '/', { ifUnused, ifEmpty }));
    const text = (flag: string): string =>
      `540 cannot delete ${QUEUE}. queue.delete operations with ${flag} flag set are not supported by quorum queues`;
    assert.equal(refused(false, false), null);
    assert.equal(refused(true, true), text('if-unused'));
    assert.equal(refused(false, true), text('if-empty'));
  });

  it('does not ask for messages beside a single active consumer', () => {
    const { reply, detail } = noGetBesideActiveConsumer('q', '/');
    const why = 'basic.get operations are not supported by quorum queues with single active consumer';
    assert.equal(`${reply.code} ${detail}`, `405 cannot obtain access to locked ${QUEUE}. ${why}`);
  });
});

describe('the rules of a quorum queue', () => {
  const config = (args: Args, policy: JsonObject | null = null) => quorumConfigOf(new Map(Object.entries(args)), policy);

  it('are the smaller of two limits', () => {
    for (const [key, name] of [
      ['max-length', 'maxLength'],
      ['max-length-bytes', 'maxBytes'],
      ['message-ttl', 'messageTtl'],
      ['delivery-limit', 'deliveryLimit'],
    ] as const) {
      assert.equal(config({})[name], null);
      assert.equal(config({ [`x-${key}`]: field.int(3) }, { [key]: 5 })[name], 3);
      assert.equal(config({ [`x-${key}`]: field.int(5) }, { [key]: 3 })[name], 3);
      assert.equal(config({}, { [key]: 3 })[name], 3);
    }
  });

  it("of overflow and expiry are the policy's", () => {
    assert.equal(config({ 'x-overflow': field.text('drop-head') }, { overflow: 'reject-publish' }).overflow, 'reject-publish');
    assert.equal(config({ 'x-overflow': field.text('reject-publish') }, { overflow: 'drop-head' }).overflow, 'drop-head');
    assert.equal(config({ 'x-overflow': field.text('reject-publish-dlx') }).overflow, 'drop-head');
    assert.equal(config({ 'x-expires': field.int(1000) }, { expires: 9000 }).expires, 9000);
  });

  it("of dead letters are the argument's, and promise nothing to a queue that drops", () => {
    const dlx = { 'x-dead-letter-exchange': field.text('') };
    const once = { 'x-dead-letter-strategy': field.text('at-most-once') };
    const surely = { 'x-dead-letter-strategy': field.text('at-least-once') };
    const refuses = { 'x-overflow': field.text('reject-publish') };
    assert.equal(config({ ...surely, ...refuses }).deadLettering, 'none');
    assert.equal(config(dlx).deadLettering, 'at-most-once');
    assert.equal(config({ ...dlx, ...surely }).deadLettering, 'at-most-once');
    assert.equal(config({ ...dlx, ...surely, ...refuses }).deadLettering, 'at-least-once');
    assert.equal(
      config({ ...dlx, ...refuses, ...once }, { 'dead-letter-strategy': 'at-least-once' }).deadLettering,
      'at-most-once',
    );
    assert.equal(
      config(refuses, { 'dead-letter-exchange': 'x', 'dead-letter-strategy': 'at-least-once' }).deadLettering,
      'at-least-once',
    );
  });

  it('know no limit below nothing, and none that is no number', () => {
    assert.equal(config({ 'x-delivery-limit': field.int(-1) }).deliveryLimit, 0);
    assert.equal(config({ 'x-delivery-limit': field.text('a') }).deliveryLimit, null);
  });
});

describe('a message of a quorum queue on its way to a consumer', () => {
  it('tells how often it came back, among its headers in order', () => {
    const headers = new Map([
      ['z', field.int(1)],
      ['x-delivery-count', field.int(9)],
      ['a', field.text('x')],
    ]);
    const sent = messageOf({ contentType: 'text/plain', headers }, 5);
    const delivered = withDeliveryCount(sent, 2);
    assert.deepEqual(
      [...(delivered.properties().headers ?? [])],
      [
        ['a', field.text('x')],
        ['x-delivery-count', field.long(2)],
        ['z', field.int(1)],
      ],
    );
    assert.equal(delivered.properties().contentType, 'text/plain');
    assert.ok(delivered.body().equals(sent.body()));
    assert.deepEqual([...(sent.properties().headers?.keys() ?? [])], ['z', 'x-delivery-count', 'a']);
  });

  it('is the same, whether its headers had to be decoded or not', () => {
    const expiring = messageOf({ deliveryMode: 2, expiration: '100', appId: 'a' });
    for (const returns of [0, 1, 300]) {
      const delivered = withDeliveryCount(expiring, returns);
      const headers = new Map([['x-delivery-count', field.long(returns)]]);
      const slowly = expiring.readdressed(expiring.destination, { ...expiring.properties(), headers }, expiring.traits);
      assert.deepEqual(
        delivered.content.subarray(delivered.at, delivered.at + delivered.size),
        slowly.content.subarray(0, slowly.size),
      );
      assert.deepEqual(delivered.traits.headers, headers);
    }
  });
});
