/** Definitions that one node changes and another takes over: whatever happens on the first, both end alike. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { tableOf } from '../../../lib/amqp/field-table';
import { type Broker, createBroker } from '../../../lib/broker/broker';
import type { DefinitionChange } from '../../../lib/broker/catalogue';
import type { Vhost } from '../../../lib/broker/vhost';
import { MemoryStorage } from '../../../lib/storage/storage';
import { LiveWorld } from '../../../lib/world/live';

/** What another node would find in the storage. */
class KeptMetadata extends MemoryStorage {
  override readonly durable = true;
  readonly values = new Map<string, string>();

  override put(key = '', value = ''): void {
    this.values.set(key, value);
  }

  override delete(key = ''): void {
    this.values.delete(key);
  }
}

const NAMES = ['a', 'b'];
const name = fc.constantFrom(...NAMES);

type Act = (broker: Broker) => void;

/** The act in the vhost `v`, if there is one. */
const inVhost =
  (act: (vhost: Vhost, broker: Broker) => void): Act =>
  (broker) => {
    const vhost = broker.vhosts.get('v');
    if (vhost !== undefined) act(vhost, broker);
  };

const flags = fc.record({ durable: fc.boolean(), autoDelete: fc.boolean() });

/** So that most acts find what they need. */
const furnish: Act = (broker) => {
  broker.addVhost('v');
  const vhost = broker.vhosts.get('v') as Vhost;
  const attributes = { durable: true, autoDelete: false, args: new Map() };
  for (const one of NAMES) {
    broker.access.addUser(one, 'secret');
    vhost.declareExchange({ name: one, kind: 'topic', internal: false, ...attributes });
    vhost.newQueue({ name: one, owner: null, ...attributes });
  }
};

/** Bound if it is not, unbound if it is. */
const toggledBinding: fc.Arbitrary<Act> = fc
  .record({ from: name, to: name, toQueue: fc.boolean(), key: name })
  .map(({ from, to, toQueue, key }) =>
    inVhost((vhost) => {
      const target = toQueue ? vhost.queues.get(to) : vhost.exchanges.get(to);
      const source = vhost.exchanges.get(from);
      if (source === undefined || target === undefined) return;
      const known = vhost.binding(source, target, key, new Map());
      if (known === undefined) vhost.bind(source, target, key, new Map());
      else vhost.unbind(known);
    }),
  );

/** Everything that defines something; what cannot be done is not. */
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.constant<Act>((broker) => broker.addVhost('v')),
  fc.constant<Act>((broker) => broker.deleteVhost('v')),
  fc.constant<Act>((broker) => broker.changeVhostMetadata('v', { description: 'changed' })),
  name.map(
    (user): Act =>
      (broker) =>
        broker.access.exists(user) || broker.access.addUser(user, 'secret'),
  ),
  name.map(
    (user): Act =>
      (broker) =>
        broker.access.exists(user) && broker.access.deleteUser(user),
  ),
  name.map(
    (user): Act =>
      (broker) =>
        broker.access.exists(user) && broker.access.setUserTags(user, ['monitoring']),
  ),
  name.map((user) =>
    inVhost(
      (_, { access }) => access.exists(user) && access.setPermissions('v', user, { configure: user, write: '', read: '.*' }),
    ),
  ),
  name.map((user) => inVhost((_, { access }) => access.exists(user) && access.clearPermissions('v', user))),
  name.map((user) =>
    inVhost((_, { access }) => {
      if (access.exists(user)) access.setTopicPermissions('v', user, { exchange: 'amq.topic', write: '^a', read: '.*' });
    }),
  ),
  name.map((user) => inVhost((_, { access }) => access.exists(user) && access.clearTopicPermissions('v', user))),
  fc
    .nat(3)
    .map((length) =>
      inVhost((_, { policies }) =>
        policies.set('v', 'p', { pattern: '.', definition: { 'max-length': length }, priority: 0, applyTo: 'all' }),
      ),
    ),
  fc.constant<Act>((broker) => broker.parameters.setGlobal('cluster_name', 'c')),
  fc.record({ name, flags, kind: fc.constantFrom('fanout' as const, 'topic' as const) }).map(({ name, flags, kind }) =>
    inVhost((vhost) => {
      if (!vhost.exchanges.has(name)) vhost.declareExchange({ name, kind, internal: false, args: new Map(), ...flags });
    }),
  ),
  name.map((exchange) =>
    inVhost((vhost) => {
      const known = vhost.exchanges.get(exchange);
      if (known !== undefined) vhost.deleteExchange(known);
    }),
  ),
  fc.record({ name, flags, exclusive: fc.boolean() }).map(({ name, flags, exclusive }) =>
    inVhost((vhost) => {
      const owner = exclusive ? {} : null;
      const args = tableOf({ 'x-max-length': 7 });
      if (!vhost.queues.has(name)) vhost.newQueue({ name, owner, args, ...flags });
    }),
  ),
  name.map((queue) =>
    inVhost((vhost) => {
      const known = vhost.queues.get(queue);
      if (known !== undefined) vhost.deleteQueue(known, 'deleted');
    }),
  ),
  { weight: 6, arbitrary: toggledBinding },
);

/** All that a node knows, by kind; of exclusive queues only that they are there. */
function known(broker: Broker): unknown {
  const places = [...broker.vhosts.values()].map((vhost) => ({
    name: vhost.name,
    metadata: vhost.metadata,
    exchanges: [...vhost.exchanges.values()]
      .map(({ name, kind, durable, autoDelete, outgoing }) => ({
        name,
        kind,
        durable,
        autoDelete,
        bindings: [...outgoing.keys()].sort(),
      }))
      .sort(byName),
    queues: [...vhost.queues.values()]
      .map(({ name, durable, autoDelete, owner, incoming }) => ({
        name,
        durable,
        autoDelete,
        exclusive: owner !== null,
        bindings: incoming.size,
      }))
      .sort(byName),
  }));
  const { users, permissions, topic_permissions, policies, global_parameters } = broker.definitions.export();
  return JSON.parse(JSON.stringify({ places, users, permissions, topic_permissions, policies, global_parameters }));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

describe('definitions taken over from another node', () => {
  it('are the same as there, in memory and on disk, after whatever is done', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60, size: 'max' }), (acts) => {
        const storages = [new KeptMetadata(), new KeptMetadata()] as const;
        const users = [{ name: 'guest', password: 'guest' }];
        const [first, second] = storages.map((storage) => createBroker(new LiveWorld(), { nodeName: 'n', storage, users })) as [
          Broker,
          Broker,
        ];
        const told: DefinitionChange[] = [];
        first.catalogue.onChange = (change) => told.push(change);
        second.catalogue.onChange = () => assert.fail('what is taken over is not told on');
        for (const one of [furnish, ...acts]) {
          one(first);
          second.takeOver(JSON.parse(JSON.stringify(told.splice(0))) as DefinitionChange[]);
        }
        // Two nodes make up two salts for guest's password.
        const withoutGuest = (values: Map<string, string>): unknown =>
          [...values].filter(([key]) => key !== JSON.stringify(['user', 'guest'])).sort();
        assert.deepEqual(withoutGuest(storages[1].values), withoutGuest(storages[0].values));
        const [a, b] = [known(first), known(second)] as Array<{ users: Array<{ name: string; password_hash: string }> }>;
        for (const side of [a, b]) for (const user of side?.users ?? []) if (user.name === 'guest') user.password_hash = '';
        assert.deepEqual(b, a);
      }),
      { numRuns: 150 },
    );
  });
});
