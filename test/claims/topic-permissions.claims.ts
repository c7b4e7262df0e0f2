/** Topic permissions: which routing keys a user may publish with, and bind, on a topic exchange. */
import { strict as assert } from 'node:assert';
import type { Channel } from 'amqplib';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import { refusal, run } from './ruling';

const NOTEBOOK = { notebook: '09' } as const;
const ALL = { configure: '.*', write: '.*', read: '.*' };

interface Setting {
  readonly user: string;
  readonly x: string;
  /** A new channel of the user. */
  readonly channel: () => Promise<Channel>;
}

/** A topic exchange, and a user who may do everything but what `permission` forbids. */
async function restricted(
  t: ClaimContext,
  permission: { readonly write: string; readonly read: string } | null,
): Promise<Setting> {
  const x = t.name('x');
  await (await t.channel()).assertExchange(x, 'topic');
  const login = await t.user(ALL);
  if (permission !== null) {
    await run(t, 'set_topic_permissions', '-p', t.vhost, login.user, x, permission.write, permission.read);
  }
  const connection = await t.connect(login);
  return { user: login.user, x, channel: () => t.channel(connection) };
}

function refused(key: string, { x, user }: Setting): string {
  return `ACCESS_REFUSED - access to topic '${key}' in exchange '${x}' in vhost '{vhost}' refused for user '${user}'`;
}

claim('topic.none', 'Without a topic permission for an exchange, a user may use all keys of it.', NOTEBOOK, async (t) => {
  const setting = await restricted(t, null);
  const ch = await setting.channel();
  await ch.assertQueue(t.name('q'));
  await ch.bindQueue(t.name('q'), setting.x, 'any.key');
  ch.publish(setting.x, 'any.key', Buffer.from('m'));
  await t.untilReady(ch, t.name('q'), 1);
});

claim(
  'topic.publish',
  'basic.publish to a topic exchange needs a write expression that matches the routing key.',
  NOTEBOOK,
  async (t) => {
    const setting = await restricted(t, { write: '^eu\\.', read: '.*' });
    const ch = await setting.channel();
    await ch.assertQueue(t.name('q'));
    await ch.bindQueue(t.name('q'), setting.x, '#');
    ch.publish(setting.x, 'eu.paris', Buffer.from('m'));
    await t.untilReady(ch, t.name('q'), 1);
    await t.refused(() => ch.publish(setting.x, 'us.boston', Buffer.from('m')), 403, refused('us.boston', setting));
  },
);

claim('topic.publish.each', 'Each routing key is asked for, not only the first on a channel.', NOTEBOOK, async (t) => {
  const setting = await restricted(t, { write: '^a$', read: '.*' });
  const ch = await setting.channel();
  for (const key of ['a', 'a', 'a']) ch.publish(setting.x, key, Buffer.from('m'));
  await t.refused(() => ch.publish(setting.x, 'b', Buffer.from('m')), 403, refused('b', setting));
});

claim(
  'topic.bind',
  'queue.bind to a topic exchange needs a read expression that matches the binding key.',
  NOTEBOOK,
  async (t) => {
    const setting = await restricted(t, { write: '.*', read: '^eu\\.' });
    const ch = await setting.channel();
    await ch.assertQueue(t.name('q'));
    await ch.bindQueue(t.name('q'), setting.x, 'eu.*');
    await t.refused(ch.bindQueue(t.name('q'), setting.x, '#'), 403, refused('#', setting));
  },
);

claim('topic.unbind', 'queue.unbind asks for the key as queue.bind does.', NOTEBOOK, async (t) => {
  const setting = await restricted(t, { write: '.*', read: '^eu\\.' });
  const ch = await setting.channel();
  await ch.assertQueue(t.name('q'));
  await t.refused(ch.unbindQueue(t.name('q'), setting.x, 'us'), 403, refused('us', setting));
});

claim('topic.bind.exchange', 'exchange.bind asks for the key if the source is a topic exchange.', NOTEBOOK, async (t) => {
  const setting = await restricted(t, { write: '.*', read: '^eu\\.' });
  const ch = await setting.channel();
  await ch.assertExchange(t.name('y'), 'fanout');
  await ch.bindExchange(t.name('y'), setting.x, 'eu.#');
  await t.refused(ch.bindExchange(t.name('y'), setting.x, 'us.#'), 403, refused('us.#', setting));
});

claim(
  'topic.consume',
  'A queue that is bound gives all its messages to whoever may read it, whatever their keys.',
  NOTEBOOK,
  async (t) => {
    const setting = await restricted(t, { write: '^none$', read: '^none$' });
    const admin = await t.channel();
    await admin.assertQueue(t.name('q'));
    await admin.bindQueue(t.name('q'), setting.x, '#');
    admin.publish(setting.x, 'other', Buffer.from('m'));
    await t.untilReady(admin, t.name('q'), 1);
    assert.deepEqual(await t.drain(await setting.channel(), t.name('q')), ['m']);
  },
);

claim('topic.only-topic', 'Topic permissions mean nothing on exchanges of other types.', NOTEBOOK, async (t) => {
  const setting = await restricted(t, null);
  const ch = await setting.channel();
  await ch.assertExchange(t.name('d'), 'direct');
  await run(t, 'set_topic_permissions', '-p', t.vhost, setting.user, t.name('d'), '^none$', '^none$');
  await ch.assertQueue(t.name('q'));
  await ch.bindQueue(t.name('q'), t.name('d'), 'k');
  ch.publish(t.name('d'), 'k', Buffer.from('m'));
  await t.untilReady(ch, t.name('q'), 1);
});

claim(
  'topic.permissions-first',
  'The permission to write on the exchange is asked for before the topic.',
  NOTEBOOK,
  async (t) => {
    const setting = await restricted(t, { write: '^none$', read: '.*' });
    await t.permit(setting.user, {});
    const ch = await setting.channel();
    const text = `ACCESS_REFUSED - access to exchange '{x}' in vhost '{vhost}' refused for user '${setting.user}'`;
    await t.refused(() => ch.publish(setting.x, 'k', Buffer.from('m')), 403, text);
  },
);

claim(
  'topic.variables',
  '`{username}` and `{vhost}` in an expression stand for the names of the user and the vhost.',
  NOTEBOOK,
  async (t) => {
    const setting = await restricted(t, { write: '^{username}\\.{vhost}$', read: '.*' });
    const ch = await setting.channel();
    await ch.assertQueue(t.name('q'));
    await ch.bindQueue(t.name('q'), setting.x, '#');
    ch.publish(setting.x, `${setting.user}.${t.vhost}`, Buffer.from('m'));
    await t.untilReady(ch, t.name('q'), 1);
    await t.refused(() => ch.publish(setting.x, `other.${t.vhost}`, Buffer.from('m')), 403, refused(`other.${t.vhost}`, setting));
  },
);

claim('topic.empty', 'The empty expression lets only the empty key through.', NOTEBOOK, async (t) => {
  const setting = await restricted(t, { write: '', read: '.*' });
  const ch = await setting.channel();
  await ch.assertQueue(t.name('q'));
  await ch.bindQueue(t.name('q'), setting.x, '#');
  ch.publish(setting.x, '', Buffer.from('m'));
  await t.untilReady(ch, t.name('q'), 1);
  await t.refused(() => ch.publish(setting.x, 'k', Buffer.from('m')), 403, refused('k', setting));
});

claim('topic.copies', 'Keys in the CC header are not asked for.', NOTEBOOK, async (t) => {
  const setting = await restricted(t, { write: '^a$', read: '.*' });
  const ch = await setting.channel();
  await ch.assertQueue(t.name('q'));
  await ch.bindQueue(t.name('q'), setting.x, 'b');
  ch.publish(setting.x, 'a', Buffer.from('m'), { CC: ['b'] });
  await t.untilReady(ch, t.name('q'), 1);
});

claim('topic.cleared', 'Cleared topic permissions, on one exchange or all of them, leave all keys free.', NOTEBOOK, async (t) => {
  const setting = await restricted(t, { write: '^a$', read: '^a$' });
  await run(t, 'set_topic_permissions', '-p', t.vhost, setting.user, 'amq.topic', '^a$', '^a$');
  const listed = async (): Promise<string[]> =>
    (await run(t, 'list_topic_permissions', '-q', '-p', t.vhost)).stdout
      .split('\n')
      .filter((row) => row.startsWith(`${setting.user}\t`));
  assert.equal((await listed()).length, 2);
  await run(t, 'clear_topic_permissions', '-p', t.vhost, setting.user, setting.x);
  assert.deepEqual(await listed(), [`${setting.user}\tamq.topic\t^a$\t^a$`]);
  await run(t, 'clear_topic_permissions', '-p', t.vhost, setting.user);
  assert.deepEqual(await listed(), []);
  const ch = await setting.channel();
  await ch.assertQueue(t.name('q'));
  await ch.bindQueue(t.name('q'), setting.x, 'b');
});

claim('topic.invalid', 'set_topic_permissions refuses what is no regular expression.', NOTEBOOK, async (t) => {
  const { user } = await t.user(ALL);
  const lines = await refusal(t, 69, 'set_topic_permissions', '-p', t.vhost, user, 'amq.topic', '(', '.*');
  assert.deepEqual(lines, ['Error:', `{:invalid_regexp, "(", {'missing )', 1}}`]);
});
