/** rabbitmqctl: users, vhosts and queues by command; what the tool says, and with which exit code it ends. */
import { strict as assert } from 'node:assert';
import { fails, rows, told } from './commanding';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';

async function refusesLogin(t: ClaimContext, user: string, password: string): Promise<void> {
  const wire = await t.wire({ user, password, upTo: 'start-ok' });
  await wire.expectConnectionClose(403, /^ACCESS_REFUSED - Login was refused/);
}

claim(
  'ctl.user.life',
  'A user is added, changes its password, and is deleted; a connection tells.',
  { notebook: '09' },
  async (t) => {
    const user = t.name('u');
    await told(t, 'add_user', user, 'first');
    await told(t, 'set_permissions', '-p', t.vhost, user, '', '', '.*');
    await (await t.connect({ user, password: 'first' })).close();
    await told(t, 'change_password', user, 'second');
    await refusesLogin(t, user, 'first');
    await (await t.connect({ user, password: 'second' })).close();
    await told(t, 'delete_user', user);
    await refusesLogin(t, user, 'second');
  },
);

claim('ctl.user.twice', 'Adding a user twice ends with exit code 70.', { notebook: '09' }, async (t) => {
  const { user } = await t.user();
  await fails(t, 70, `User "${user}" already exists`, 'add_user', user, 'x');
});

claim('ctl.user.missing', 'Deleting a user who does not exist ends with exit code 67.', { notebook: '09' }, async (t) => {
  await fails(t, 67, `User "${t.name('none')}" does not exist`, 'delete_user', t.name('none'));
});

claim('ctl.user.tags', 'set_user_tags replaces the tags; without a tag it removes them.', { notebook: '09' }, async (t) => {
  const { user } = await t.user();
  const tags = async (): Promise<unknown> => (await rows(t, 'list_users')).find((row) => row.user === user)?.tags;
  await told(t, 'set_user_tags', user, 'monitoring', 'management');
  assert.deepEqual(await tags(), ['monitoring', 'management']);
  await told(t, 'set_user_tags', user);
  assert.deepEqual(await tags(), []);
});

claim(
  'ctl.user.authenticate',
  'authenticate_user ends with 0 for the right password and 65 for a wrong one.',
  { notebook: '09' },
  async (t) => {
    const { user } = await t.user();
    assert.equal(await told(t, 'authenticate_user', user, user), 'Success');
    await fails(t, 65, /invalid credentials$/, 'authenticate_user', user, 'wrong');
  },
);

claim('ctl.user.clear-password', 'clear_password leaves a user whom no password lets in.', { notebook: '09' }, async (t) => {
  const { user } = await t.user({ read: '.*' });
  await told(t, 'clear_password', user);
  await refusesLogin(t, user, user);
  await told(t, 'change_password', user, 'new');
  await (await t.connect({ user, password: 'new' })).close();
});

claim(
  'ctl.permissions.list',
  'list_user_permissions tells the three expressions by vhost; clear_permissions takes them.',
  { notebook: '09' },
  async (t) => {
    const { user } = await t.user({ configure: '^c', write: 'w', read: '' });
    assert.deepEqual(await rows(t, 'list_user_permissions', user), [{ vhost: t.vhost, configure: '^c', write: 'w', read: '' }]);
    await told(t, 'clear_permissions', '-p', t.vhost, user);
    assert.deepEqual(await rows(t, 'list_user_permissions', user), []);
  },
);

claim(
  'ctl.permissions.no-user',
  'set_permissions for a user who does not exist ends with exit code 67.',
  { notebook: '09' },
  async (t) => {
    await fails(t, 67, `User ${t.name('none')} does not exist`, 'set_permissions', '-p', t.vhost, t.name('none'), '', '', '');
  },
);

claim(
  'ctl.permissions.no-vhost',
  'set_permissions for a vhost that does not exist ends with exit code 69.',
  { notebook: '09' },
  async (t) => {
    const { user } = await t.user();
    const vhost = t.name('none');
    await fails(t, 69, `Virtual host ${vhost} does not exist`, 'set_permissions', '-p', vhost, user, '', '', '');
  },
);

claim('ctl.permissions.regexp', 'An expression that is none is refused, with its place.', { notebook: '09' }, async (t) => {
  const { user } = await t.user();
  await fails(
    t,
    69,
    /invalid_regexp.*missing terminating \] for character class/,
    'set_permissions',
    '-p',
    t.vhost,
    user,
    '[',
    '',
    '',
  );
});

claim(
  'ctl.topic-permissions',
  'Topic permissions are set, listed and cleared by user, vhost and exchange.',
  { notebook: '09' },
  async (t) => {
    const { user } = await t.user();
    await told(t, 'set_topic_permissions', '-p', t.vhost, user, 'amq.topic', '^a', '^b');
    assert.deepEqual(await rows(t, 'list_user_topic_permissions', user), [
      { vhost: t.vhost, exchange: 'amq.topic', write: '^a', read: '^b' },
    ]);
    await told(t, 'clear_topic_permissions', '-p', t.vhost, user, 'amq.topic');
    assert.deepEqual(await rows(t, 'list_user_topic_permissions', user), []);
  },
);

claim(
  'ctl.vhost.life',
  'A vhost is added with a description and tags, listed, and deleted with what is in it.',
  { notebook: '09' },
  async (t) => {
    const name = t.name('v');
    await told(t, 'add_vhost', name, '--description', 'my own', '--tags', 'a,b', '--default-queue-type', 'classic');
    const found = (await rows(t, 'list_vhosts', 'name', 'description', 'tags')).find((row) => row.name === name);
    assert.deepEqual(found, { name, description: 'my own', tags: ['a', 'b'] });
    await told(t, 'add_vhost', name);
    await told(t, 'delete_vhost', name);
    await fails(t, 65, `Virtual host '${name}' does not exist`, 'delete_vhost', name);
  },
);

claim(
  'ctl.vhost.tags',
  'set_vhost_tags replaces the tags of a vhost; for one that does not exist it ends with 65.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    await told(t, 'set_vhost_tags', t.vhost, 'x', 'y');
    const found = (await rows(t, 'list_vhosts', 'name', 'tags')).find((row) => row.name === t.vhost);
    assert.deepEqual(found?.tags, ['x', 'y']);
    await fails(t, 65, `Virtual host "${t.name('none')}" does not exist`, 'set_vhost_tags', t.name('none'), 'x');
  },
);

claim(
  'ctl.queue.list',
  'list_queues tells ready and unacknowledged messages and consumers.',
  { notebook: '09', vhost: 'own' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue('q');
    await ch.prefetch(1);
    await t.collect(ch, 'q');
    for (const body of ['1', '2', '3']) await t.publish(ch, '', 'q', body);
    await t.eventually(async () =>
      assert.deepEqual(
        await rows(t, 'list_queues', '-p', t.vhost, 'name', 'messages_ready', 'messages_unacknowledged', 'consumers'),
        [{ name: 'q', messages_ready: 2, messages_unacknowledged: 1, consumers: 1 }],
      ),
    );
  },
);

claim(
  'ctl.queue.purge',
  'purge_queue throws away what is ready and leaves what is with a consumer.',
  { notebook: '09' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'));
    for (const body of ['1', '2', '3']) await t.publish(ch, '', t.name('q'), body);
    const taken = await ch.get(t.name('q'));
    assert.ok(taken !== false);
    await told(t, 'purge_queue', '-p', t.vhost, t.name('q'));
    assert.equal(await t.ready(ch, t.name('q')), 0);
    ch.nack(taken);
    await t.untilReady(ch, t.name('q'), 1);
    await ch.deleteQueue(t.name('q'));
  },
);

claim(
  'ctl.queue.purge-missing',
  'purge_queue of a queue that does not exist ends with exit code 69.',
  { notebook: '09' },
  async (t) => {
    await fails(t, 69, 'not_found', 'purge_queue', '-p', t.vhost, t.name('none'));
  },
);

claim(
  'ctl.queue.delete',
  'delete_queue says how many messages went; with --if-empty it refuses a queue that has some.',
  { notebook: '09' },
  async (t) => {
    const ch = await t.confirmChannel();
    await ch.assertQueue(t.name('q'));
    await t.publish(ch, '', t.name('q'), 'm');
    await fails(t, 64, 'Queue is not empty', 'delete_queue', '-p', t.vhost, t.name('q'), '--if-empty');
    assert.equal(
      await told(t, 'delete_queue', '-p', t.vhost, t.name('q')),
      'Queue was successfully deleted with 1 ready messages',
    );
    await fails(t, 64, 'Queue not found', 'delete_queue', '-p', t.vhost, t.name('q'));
  },
);

claim(
  'ctl.connection.close',
  'close_all_user_connections ends the connections of one user with 320 and the reason given.',
  { notebook: '09' },
  async (t) => {
    const login = await t.user({ read: '.*' });
    const connection = await t.connect(login);
    const other = await t.channel();
    await t.refused(
      async () => told(t, 'close_all_user_connections', login.user, 'be gone').then(() => connection.createChannel()),
      320,
      'CONNECTION_FORCED - be gone',
    );
    await other.checkExchange('amq.topic');
  },
);

claim(
  'ctl.list.columns',
  'A column that a listing does not have is named, and the exit code is 64.',
  { notebook: '09' },
  async (t) => {
    await fails(t, 64, /Info key\(s\) nosuch are not supported/, 'list_queues', 'name', 'nosuch');
  },
);

claim(
  'ctl.list.no-vhost',
  'list_queues of a vhost that does not exist is empty; list_permissions ends with 65.',
  { notebook: '09' },
  async (t) => {
    assert.equal(await told(t, 'list_queues', '-p', t.name('none')), '');
    await fails(t, 65, `Virtual host '${t.name('none')}' does not exist`, 'list_permissions', '-p', t.name('none'));
  },
);

claim('ctl.unknown', 'An unknown command ends with 64, and a similar one is offered.', { notebook: '09' }, async (t) => {
  await fails(t, 64, /Command 'delete_username' not found\. \nDid you mean 'delete_user'\?/, 'delete_username', 'x');
});

claim('ctl.usage', 'Too few words end with 64 and the usage of the command.', { notebook: '09' }, async (t) => {
  await fails(t, 64, /not enough arguments\.(.|\n)*change_password <username> <password>$/, 'change_password');
});

claim('ctl.quiet', '-q takes away the line before a listing, -s its headings as well.', { notebook: '09' }, async (t) => {
  const [loud, quiet, silent] = [await t.ctl('list_users'), await t.ctl('list_users', '-q'), await t.ctl('list_users', '-s')];
  assert.match(loud.stdout, /^Listing users \.\.\.\nuser\ttags\n/);
  assert.match(quiet.stdout, /^user\ttags\n/);
  assert.match(silent.stdout, /^\S+\t\[.*\]\n/);
});

claim('ctl.ping', 'ping ends with 0 on a node that answers.', { notebook: '09' }, async (t) => {
  assert.equal(await told(t, 'ping'), 'Ping succeeded');
});
