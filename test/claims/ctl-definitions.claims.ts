/**
 * Definitions as JSON by rabbitmqctl. What is exported is compared with one text for both brokers, and the same text is
 * imported into both: so what the one exports, the other imports.
 */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fails, told } from './commanding';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';

type Item = Record<string, unknown>;
type Definitions = Record<string, Item[]>;

/** What a vhost with a little of everything is written as. */
function definitionsOf(vhost: string): Definitions {
  const queue = (name: string, durable: boolean, auto: boolean, args: Item): Item => ({
    arguments: args,
    auto_delete: auto,
    durable,
    name,
    type: 'classic',
    vhost,
  });
  const limits = { 'x-dead-letter-exchange': 'dlx', 'x-max-length': 10, 'x-message-ttl': 60000 };
  return {
    bindings: [
      { arguments: {}, destination: 'inner', destination_type: 'exchange', routing_key: '#', source: 'shop', vhost },
      { arguments: { k: 1 }, destination: 'orders', destination_type: 'queue', routing_key: 'order.*', source: 'shop', vhost },
    ],
    exchanges: [
      { arguments: {}, auto_delete: true, durable: true, name: 'inner', type: 'fanout', vhost },
      {
        arguments: { 'alternate-exchange': 'amq.fanout' },
        auto_delete: false,
        durable: true,
        name: 'shop',
        type: 'topic',
        vhost,
      },
    ],
    parameters: [{ component: 'vhost-limits', name: 'limits', value: { 'max-queues': 9 }, vhost }],
    policies: [{ 'apply-to': 'queues', definition: { 'max-length': 2 }, name: 'short', pattern: '^plain', priority: 3, vhost }],
    queues: [queue('orders', true, false, limits), queue('plain', true, false, {})],
    topic_permissions: [{ exchange: 'shop', read: '^b', user: 'guest', vhost, write: '^order' }],
  };
}

async function declare(t: ClaimContext): Promise<void> {
  const ch = await t.channel();
  await ch.assertExchange('shop', 'topic', { alternateExchange: 'amq.fanout' });
  await ch.assertExchange('inner', 'fanout', { autoDelete: true });
  await ch.assertExchange('hidden', 'fanout', { internal: true });
  await ch.assertQueue('orders', { messageTtl: 60000, maxLength: 10, deadLetterExchange: 'dlx' });
  await ch.assertQueue('plain');
  await ch.assertQueue('mine', { exclusive: true });
  await ch.bindQueue('orders', 'shop', 'order.*', { k: 1 });
  await ch.bindExchange('inner', 'shop', '#');
  await told(t, 'set_policy', '-p', t.vhost, 'short', '^plain', '{"max-length":2}', '--priority', '3', '--apply-to', 'queues');
  await told(t, 'set_vhost_limits', '-p', t.vhost, '{"max-queues":9}');
  await told(t, 'set_topic_permissions', '-p', t.vhost, 'guest', 'shop', '^order', '^b');
}

/** Of one vhost, in a fixed order. */
async function exported(t: ClaimContext, vhost = t.vhost): Promise<Definitions> {
  const all = JSON.parse(await told(t, 'export_definitions', '-')) as Definitions;
  const kinds = Object.keys(definitionsOf(vhost));
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      (all[kind] ?? []).filter((item) => item.vhost === vhost).sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1)),
    ]),
  );
}

function sortKey({ name, destination }: Item): string {
  return String(name ?? destination);
}

async function imported(t: ClaimContext, definitions: object): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'definitions-'));
  try {
    const file = path.join(folder, 'definitions.json');
    fs.writeFileSync(file, JSON.stringify(definitions));
    await told(t, 'import_definitions', file);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

claim(
  'ctl.definitions.export',
  'export_definitions writes queues, exchanges, bindings, policies ... as JSON, but no exclusive queues and internal exchanges.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    await declare(t);
    assert.deepEqual(await exported(t), definitionsOf(t.vhost));
  },
);

claim(
  'ctl.definitions.import',
  'import_definitions makes what export_definitions wrote.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    await imported(t, definitionsOf(t.vhost));
    await t.eventually(async () => assert.deepEqual(await exported(t), definitionsOf(t.vhost)));
    const ch = await t.confirmChannel();
    await ch.assertQueue('orders', { messageTtl: 60000, maxLength: 10, deadLetterExchange: 'dlx' });
    await t.publish(ch, 'shop', 'order.1', 'm');
    assert.deepEqual(await t.drain(ch, 'orders'), ['m']);
    for (const body of ['1', '2', '3']) await t.publish(ch, '', 'plain', body);
    await t.untilReady(ch, 'plain', 2);
  },
);

claim(
  'ctl.definitions.vhost',
  'An import makes a vhost that is missing, with its description and tags.',
  { notebook: '09' },
  async (t) => {
    const name = t.name('made');
    await imported(t, { vhosts: [{ limits: [], metadata: { description: 'by import', tags: ['a'] }, name }] });
    await t.eventually(async () => {
      const all = JSON.parse(await told(t, 'list_vhosts', 'name', 'description', 'tags', '--formatter', 'json')) as Item[];
      assert.deepEqual(
        all.find((one) => one.name === name),
        { name, description: 'by import', tags: ['a'] },
      );
    });
    await told(t, 'delete_vhost', name);
  },
);

claim(
  'ctl.definitions.keep',
  'An import leaves queues that exist as they are, with their messages.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue('plain');
    await t.publish(ch, '', 'plain', 'kept');
    await imported(t, { queues: definitionsOf(t.vhost).queues });
    await t.eventually(async () => assert.equal((await exported(t)).queues?.length, 2));
    assert.deepEqual(await t.drain(ch, 'plain'), ['kept']);
  },
);

/** Base64 of four octets of salt and the SHA-256 of salt and password `guest`, as each of the brokers exported it. */
const HASHES: ReadonlyArray<readonly [string, string, string]> = [
  ['rabbitmq', 'RabbitMQ', 'kEA7CWjP/49XbZN1ePT3wsJgYH97I6IMuYKaYyj1siXGTa4s'],
  ['warren', 'Warren', 'AQIDBEMMOXwY6PKx/JKP9PAqfsb4ozuD0Ta3pxxa9gEYBMmD'],
];
for (const [id, name, hash] of HASHES) {
  claim(
    `ctl.definitions.user-of-${id}`,
    `A user with a password hash that ${name} exported logs in with the password.`,
    { notebook: '09' },
    async (t) => {
      const user = t.name('u');
      await imported(t, {
        users: [
          {
            hashing_algorithm: 'rabbit_password_hashing_sha256',
            limits: {},
            name: user,
            password_hash: hash,
            tags: ['management'],
          },
        ],
        permissions: [{ configure: '', read: '.*', user, vhost: t.vhost, write: '' }],
      });
      await t.eventually(async () => assert.equal(await told(t, 'authenticate_user', user, 'guest'), 'Success'));
      await t.eventually(async () => assert.match(await told(t, 'list_user_permissions', user), /\.\*/));
      await (await t.connect({ user, password: 'guest' })).close();
      await told(t, 'delete_user', user);
    },
  );
}

claim('ctl.definitions.hash', 'The exported hash of a user begins with four octets of salt.', { notebook: '09' }, async (t) => {
  const { user } = await t.user();
  const all = JSON.parse(await told(t, 'export_definitions', '-')) as Definitions;
  const { password_hash: hash, ...rest } = all.users?.find((one) => one.name === user) ?? {};
  assert.deepEqual(rest, { hashing_algorithm: 'rabbit_password_hashing_sha256', limits: {}, name: user, tags: [] });
  assert.equal(Buffer.from(String(hash), 'base64').length, 4 + 32);
});

claim(
  'ctl.definitions.round-trip',
  'What was exported before a vhost was deleted brings it back.',
  { notebook: '09' },
  async (t) => {
    const vhost = t.name('v');
    await imported(t, { vhosts: [{ name: vhost, metadata: { description: '', tags: [] } }], ...definitionsOf(vhost) });
    let before: Definitions = {};
    await t.eventually(async () => {
      before = await exported(t, vhost);
      assert.deepEqual(before, definitionsOf(vhost));
    });
    await told(t, 'delete_vhost', vhost);
    await imported(t, { vhosts: [{ name: vhost, metadata: { description: '', tags: [] } }], ...before });
    await t.eventually(async () => assert.deepEqual(await exported(t, vhost), before));
    await told(t, 'delete_vhost', vhost);
  },
);

claim('ctl.definitions.no-file', 'Importing from a file that does not exist ends with 65.', { notebook: '09' }, async (t) => {
  await fails(t, 65, /Bad argument: File \/nosuch\.json does not exist/, 'import_definitions', '/nosuch.json');
});

claim('ctl.definitions.no-folder', 'Exporting into a folder that does not exist ends with 65.', { notebook: '09' }, async (t) => {
  await fails(t, 65, /Bad argument: Directory \/nosuch does not exist/, 'export_definitions', '/nosuch/x.json');
});
