import { strict as assert } from 'node:assert';
import { tableOf } from '../../../lib/amqp/field-table';
import { AccessError } from '../../../lib/broker/access';
import { type Json, ParameterError } from '../../../lib/broker/api';
import { type Broker, createBroker } from '../../../lib/broker/broker';
import { MemoryStorage, type Storage } from '../../../lib/storage/storage';
import { LiveWorld } from '../../../lib/world/live';

/** Keeps the definitions of a node for the next one, and no messages. */
class KeptMetadata extends MemoryStorage {
  override readonly durable = true;
  private readonly values = new Map<string, Buffer>();

  override entries(): Iterable<readonly [string, Buffer]> {
    return this.values;
  }

  override put(key = '', value = ''): void {
    this.values.set(key, Buffer.from(value));
  }

  override delete(key = ''): void {
    this.values.delete(key);
  }
}

function node(storage: Storage = new MemoryStorage()): Broker {
  return createBroker(new LiveWorld(), { nodeName: 'rabbit1', storage });
}

/** A little of everything that has definitions. */
function furnish(broker: Broker): void {
  broker.addVhost('v');
  broker.access.addUser('ann', 'secret', ['monitoring']);
  broker.access.setPermissions('v', 'ann', { configure: '^a', write: '', read: '.*' });
  broker.access.setTopicPermissions('v', 'ann', { exchange: 'amq.topic', write: '^{username}', read: '.*' });
  broker.policies.set('v', 'lengths', { pattern: '^q', definition: { 'max-length': 5 }, priority: 2, applyTo: 'queues' });
  broker.operatorPolicies.set('v', 'cap', { pattern: '.', definition: { 'max-length': 3 } });
  broker.quotas.setVhost('v', { 'max-queues': 10 });
  broker.quotas.setUser('ann', { 'max-connections': 2 });
  broker.parameters.setGlobal('colours', { sky: 'blue' });
  const vhost = broker.vhosts.get('v');
  assert.ok(vhost);
  const args = tableOf({ 'x-max-length': 9, 'x-overflow': 'reject-publish' });
  const queue = vhost.newQueue({ name: 'q', durable: true, autoDelete: false, owner: null, args });
  const more = { durable: true, autoDelete: false, internal: false };
  const exchange = vhost.declareExchange({ name: 'x', kind: 'topic', args: tableOf({ 'alternate-exchange': 'ae' }), ...more });
  vhost.bind(exchange, queue, 'key', tableOf({ a: 1 }));
}

describe('The rules of a node', () => {
  it('outlive it: users, permissions, policies, parameters, limits', () => {
    const storage = new KeptMetadata();
    const before = node(storage);
    furnish(before);
    const after = node(storage);
    assert.deepEqual(after.definitions.export(), before.definitions.export());
    assert.equal(after.access.authenticate('ann', 'secret'), true);
    assert.deepEqual(after.effectivePolicy('v', 'queue', 'q'), before.effectivePolicy('v', 'queue', 'q'));
    assert.equal(after.vhosts.get('v')?.queues.get('q')?.settings.maxLength, 3);
  });

  it('are gone for good once cleared, and with their vhost and user', () => {
    const storage = new KeptMetadata();
    const before = node(storage);
    const empty = before.definitions.export();
    furnish(before);
    before.parameters.clearGlobal('colours');
    before.access.deleteUser('ann');
    before.deleteVhost('v');
    assert.deepEqual(before.definitions.export(), empty);
    assert.deepEqual(node(storage).definitions.export(), empty);
  });

  it('go from node to node as definitions', () => {
    const [from, to] = [node(), node()];
    furnish(from);
    const exported = from.definitions.export();
    to.definitions.import(JSON.parse(JSON.stringify(exported)) as Json);
    assert.deepEqual(to.definitions.export(), exported);
    assert.equal(to.access.authenticate('ann', 'secret'), true);
    to.definitions.import(exported);
    assert.deepEqual(to.definitions.export(), exported);
  });

  it('are read as RabbitMQ exports them: its hash of a password, objects as lists of pairs, tags as text', () => {
    const broker = node();
    broker.definitions.import({
      rabbit_version: '3.10.8',
      users: [
        {
          name: 'guest',
          hashing_algorithm: 'rabbit_password_hashing_sha256',
          password_hash: 'feoJXbUSEIUpQJ3Id+m0kMcDVowCwOZPR7WLbjtcdqgRqZBG',
          limits: {},
          tags: 'administrator,policymaker',
        },
      ],
      vhosts: [{ name: 'w', limits: [], metadata: { description: '', tags: '' } }],
      parameters: [
        {
          vhost: 'w',
          component: 'operator_policy',
          name: 'op',
          value: { 'apply-to': 'all', definition: [['max-length', 3]], pattern: '.', priority: 0 },
        },
      ],
    });
    assert.equal(broker.access.authenticate('guest', 'guest'), true);
    assert.equal(broker.access.authenticate('guest', 'Guest'), false);
    assert.deepEqual(broker.access.listUsers(), [{ name: 'guest', tags: ['administrator', 'policymaker'] }]);
    assert.deepEqual(broker.operatorPolicies.list('w')[0]?.definition, { 'max-length': 3 });
  });

  it('refuse definitions that they cannot take, and say why', () => {
    const broker = node();
    const refused = (definitions: Json, message: string): void =>
      assert.throws(
        () => broker.definitions.import(definitions),
        (error) => (error instanceof ParameterError || error instanceof AccessError) && error.message === message,
      );
    refused([], 'definitions must be a JSON object');
    refused({ users: 1 }, "'users' in definitions must be a list");
    refused({ queues: [{ vhost: '/' }] }, "'name' is missing in one of 'queues' in definitions");
    refused({ queues: [{ name: 'q', vhost: 'none' }] }, "Virtual host 'none' does not exist");
    refused({ queues: [{ name: 'q', vhost: '/', type: 'quorum' }] }, "queue 'q': this node has no queues of type quorum");
    refused(
      { queues: [{ name: 'q', vhost: '/', arguments: { 'x-expires': 0 } }] },
      "invalid arg 'x-expires' for queue 'q' in vhost '/': {value_zero,0}",
    );
    refused(
      { users: [{ name: 'u', password_hash: 'c2hvcnQ=' }] },
      "The password hash of user 'u' is not salt and SHA-256 in base64",
    );
  });

  it('hold no password that could be read: what is kept and exported is salted', () => {
    const storage = new KeptMetadata();
    const broker = node(storage);
    broker.access.addUser('bea', 'very secret');
    broker.access.addUser('cid', 'very secret');
    const kept = [...storage.entries()].map(([key, value]) => key + value.toString()).join('\n');
    assert.equal(kept.includes('very secret'), false);
    const hashes = broker.access.exportUsers().map(({ passwordHash }) => passwordHash);
    assert.equal(new Set(hashes).size, hashes.length);
    broker.access.clearPassword('bea');
    assert.equal(broker.access.authenticate('bea', ''), false);
    assert.equal(broker.access.authenticate('bea', 'very secret'), false);
  });
});
