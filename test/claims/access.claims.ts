/** Permissions: what configure, write and read are asked for, and what a refused client is told. */
import { strict as assert } from 'node:assert';
import type { Channel } from 'amqplib';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';

/** A user who may configure c-, write w- and read r-, and somebody who may do everything. */
async function limited(t: ClaimContext): Promise<{ channel: () => Promise<Channel>; admin: Channel; user: string }> {
  const login = await t.user({ configure: '^c-', write: '^w-', read: '^r-' });
  const connection = await t.connect(login);
  return { channel: () => t.channel(connection), admin: await t.channel(), user: login.user };
}

function refusal(kind: 'queue' | 'exchange', name: string, user: string): string {
  return `ACCESS_REFUSED - access to ${kind} '${name}' in vhost '{vhost}' refused for user '${user}'`;
}

claim('access.configure.queue', 'queue.declare and queue.delete need configure on the queue.', { notebook: '05' }, async (t) => {
  const { channel, admin, user } = await limited(t);
  await (await channel()).assertQueue(t.name('c-q'), { exclusive: true });
  await admin.assertQueue(t.name('w-q'));
  await t.refused((await channel()).assertQueue(t.name('z')), 403, refusal('queue', t.name('z'), user));
  await t.refused((await channel()).deleteQueue(t.name('w-q')), 403, refusal('queue', t.name('w-q'), user));
});

claim(
  'access.configure.redeclare',
  'Declaring a queue that exists with the same properties needs configure all the same.',
  { notebook: '05' },
  async (t) => {
    const { channel, admin, user } = await limited(t);
    await admin.assertQueue(t.name('r-q'));
    await t.refused((await channel()).assertQueue(t.name('r-q')), 403, refusal('queue', t.name('r-q'), user));
  },
);

claim('access.configure.passive', 'A passive declare needs no permission.', { notebook: '05' }, async (t) => {
  const { channel, admin } = await limited(t);
  await admin.assertQueue(t.name('z'), { exclusive: false });
  await admin.assertExchange(t.name('zx'), 'direct');
  const ch = await channel();
  await ch.checkQueue(t.name('z'));
  await ch.checkExchange(t.name('zx'));
});

claim(
  'access.configure.missing',
  'Deleting a queue or exchange that does not exist needs configure on its name.',
  { notebook: '05' },
  async (t) => {
    const { channel, user } = await limited(t);
    await (await channel()).deleteQueue(t.name('c-none'));
    await t.refused((await channel()).deleteQueue(t.name('z')), 403, refusal('queue', t.name('z'), user));
    await t.refused((await channel()).deleteExchange(t.name('z')), 403, refusal('exchange', t.name('z'), user));
  },
);

claim(
  'access.configure.exchange',
  'exchange.declare and exchange.delete need configure on the exchange.',
  { notebook: '05' },
  async (t) => {
    const { channel, user } = await limited(t);
    const ch = await channel();
    await ch.assertExchange(t.name('c-x'), 'direct');
    await ch.deleteExchange(t.name('c-x'));
    await t.refused((await channel()).assertExchange(t.name('z'), 'direct'), 403, refusal('exchange', t.name('z'), user));
  },
);

claim(
  'access.configure.server-named',
  'A server-named queue needs configure on the name that the server makes, amq.gen-....',
  { notebook: '05' },
  async (t) => {
    const { channel, user } = await limited(t);
    await t.refused(
      (await channel()).assertQueue(''),
      403,
      new RegExp(`^ACCESS_REFUSED - access to queue 'amq\\.gen-[\\w-]{22}' in vhost '.*' refused for user '${user}'$`),
    );
    const free = await t.user({ configure: '^amq\\.gen-' });
    await (await t.channel(await t.connect(free))).assertQueue('', { exclusive: true });
  },
);

claim(
  'access.configure.dead-letter',
  'A queue with x-dead-letter-exchange needs read on the queue and write on that exchange as well.',
  { notebook: '05' },
  async (t) => {
    const dlx = t.name('w-dlx');
    const declare = { deadLetterExchange: dlx };
    const none = await t.user({ configure: '^c-' });
    await t.refused(
      (await t.channel(await t.connect(none))).assertQueue(t.name('c-q'), declare),
      403,
      refusal('queue', t.name('c-q'), none.user),
    );
    const reader = await t.user({ configure: '^c-', read: '^c-' });
    await t.refused(
      (await t.channel(await t.connect(reader))).assertQueue(t.name('c-q'), declare),
      403,
      refusal('exchange', dlx, reader.user),
    );
    const both = await t.user({ configure: '^c-', read: '^c-', write: '^w-' });
    await (await t.channel(await t.connect(both))).assertQueue(t.name('c-q'), declare);
  },
);

claim(
  'access.configure.alternate',
  'An exchange with alternate-exchange needs read on itself and write on the alternate as well.',
  { notebook: '05' },
  async (t) => {
    const declare = { alternateExchange: t.name('w-ae') };
    const none = await t.user({ configure: '^c-' });
    await t.refused(
      (await t.channel(await t.connect(none))).assertExchange(t.name('c-x'), 'direct', declare),
      403,
      refusal('exchange', t.name('c-x'), none.user),
    );
    const reader = await t.user({ configure: '^c-', read: '^c-' });
    await t.refused(
      (await t.channel(await t.connect(reader))).assertExchange(t.name('c-x'), 'direct', declare),
      403,
      refusal('exchange', t.name('w-ae'), reader.user),
    );
    const both = await t.user({ configure: '^c-', read: '^c-', write: '^w-' });
    await (await t.channel(await t.connect(both))).assertExchange(t.name('c-x'), 'direct', declare);
  },
);

claim(
  'access.write.publish',
  'basic.publish needs write on the exchange, and nothing on the queues that get the message.',
  { notebook: '05' },
  async (t) => {
    const { channel, admin, user } = await limited(t);
    await admin.assertQueue(t.name('z'));
    for (const x of ['w-x', 'o-x']) await admin.assertExchange(t.name(x), 'fanout');
    await admin.bindQueue(t.name('z'), t.name('w-x'), '');
    const ch = await channel();
    ch.publish(t.name('w-x'), '', Buffer.from('m'));
    await t.refused(() => ch.publish(t.name('o-x'), '', Buffer.from('m')), 403, refusal('exchange', t.name('o-x'), user));
    assert.deepEqual(await t.drain(admin, t.name('z')), ['m']);
  },
);

claim(
  'access.write.default-exchange',
  'The default exchange is called amq.default when permissions are asked.',
  { notebook: '03' },
  async (t) => {
    const { channel, user } = await limited(t);
    const ch = await channel();
    await t.refused(() => ch.sendToQueue(t.name('w-q'), Buffer.from('m')), 403, refusal('exchange', 'amq.default', user));
    const free = await t.user({ write: '^amq\\.default$' });
    const other = await t.confirmChannel(await t.connect(free));
    assert.equal(await t.publish(other, '', t.name('w-q'), 'm'), 'ack');
  },
);

claim(
  'access.write.before-missing',
  'Write is asked before the exchange is looked up: without it a missing exchange gives 403, not 404.',
  { notebook: '05' },
  async (t) => {
    const { channel, user } = await limited(t);
    const [one, two] = [await channel(), await channel()];
    await t.refused(() => one.publish(t.name('z'), '', Buffer.from('m')), 403, refusal('exchange', t.name('z'), user));
    await t.refused(
      () => two.publish(t.name('w-none'), '', Buffer.from('m')),
      404,
      `NOT_FOUND - no exchange '${t.name('w-none')}' in vhost '{vhost}'`,
    );
  },
);

claim(
  'access.write.bind',
  'A binding needs write on the destination and read on the source; so does removing it.',
  { notebook: '05' },
  async (t) => {
    const { channel, admin, user } = await limited(t);
    for (const q of ['w-q', 'r-q']) await admin.assertQueue(t.name(q));
    for (const x of ['r-x', 'w-x']) await admin.assertExchange(t.name(x), 'fanout');
    const ch = await channel();
    await ch.bindQueue(t.name('w-q'), t.name('r-x'), '');
    await ch.unbindQueue(t.name('w-q'), t.name('r-x'), '');
    await t.refused((await channel()).bindQueue(t.name('r-q'), t.name('r-x'), ''), 403, refusal('queue', t.name('r-q'), user));
    await t.refused((await channel()).unbindQueue(t.name('r-q'), t.name('r-x'), ''), 403, refusal('queue', t.name('r-q'), user));
    await t.refused((await channel()).bindQueue(t.name('w-q'), t.name('w-x'), ''), 403, refusal('exchange', t.name('w-x'), user));
  },
);

claim(
  'access.write.exchange-bind',
  'A binding between exchanges needs write on the destination and read on the source.',
  { notebook: '05' },
  async (t) => {
    const { channel, admin, user } = await limited(t);
    for (const x of ['r-x', 'w-x']) await admin.assertExchange(t.name(x), 'fanout');
    await (await channel()).bindExchange(t.name('w-x'), t.name('r-x'), '');
    await t.refused(
      (await channel()).bindExchange(t.name('r-x'), t.name('r-x'), ''),
      403,
      refusal('exchange', t.name('r-x'), user),
    );
    await t.refused(
      (await channel()).bindExchange(t.name('w-x'), t.name('w-x'), ''),
      403,
      refusal('exchange', t.name('w-x'), user),
    );
  },
);

claim('access.read.queue', 'basic.get, basic.consume and queue.purge need read on the queue.', { notebook: '05' }, async (t) => {
  const { channel, admin, user } = await limited(t);
  for (const q of ['w-q', 'r-q']) await admin.assertQueue(t.name(q));
  const ch = await channel();
  await ch.get(t.name('r-q'));
  await ch.purgeQueue(t.name('r-q'));
  await t.collect(ch, t.name('r-q'));
  await t.refused((await channel()).get(t.name('w-q')), 403, refusal('queue', t.name('w-q'), user));
  await t.refused(
    (await channel()).consume(t.name('w-q'), () => {}),
    403,
    refusal('queue', t.name('w-q'), user),
  );
  await t.refused((await channel()).purgeQueue(t.name('w-q')), 403, refusal('queue', t.name('w-q'), user));
});

claim(
  'access.pattern.anywhere',
  'A permission is a regular expression that may match anywhere in the name.',
  { notebook: '02' },
  async (t) => {
    const login = await t.user({ configure: 'needle' });
    const ch = await t.channel(await t.connect(login));
    await ch.assertQueue(t.name('hay-needle-hay'), { exclusive: true });
    await t.refused(ch.assertQueue(t.name('hay'), { exclusive: true }), 403, refusal('queue', t.name('hay'), login.user));
  },
);

claim(
  'access.pattern.empty',
  'The empty permission allows nothing, though as an expression it would match every name.',
  { notebook: '02' },
  async (t) => {
    const login = await t.user({ configure: '', write: '', read: '' });
    const ch = await t.channel(await t.connect(login));
    await t.refused(ch.assertQueue(t.name('q'), { exclusive: true }), 403, refusal('queue', t.name('q'), login.user));
  },
);

claim('access.change.running', 'A permission given while the user is connected holds at once.', { notebook: '05' }, async (t) => {
  const login = await t.user({ configure: '^c-' });
  const connection = await t.connect(login);
  await t.refused((await t.channel(connection)).assertQueue(t.name('q')), 403, refusal('queue', t.name('q'), login.user));
  await t.permit(login.user, { configure: '.*' });
  await (await t.channel(connection)).assertQueue(t.name('q'), { exclusive: true });
});

claim(
  'access.change.revoked',
  'A permission that is taken away from a connected user is gone for the channels opened afterwards.',
  { notebook: '05' },
  async (t) => {
    const login = await t.user({ configure: '^q', write: '.*' });
    const connection = await t.connect(login);
    await (await t.channel(connection)).assertQueue(t.name('q'), { exclusive: true });
    await t.permit(login.user, {});
    await t.refused(
      (await t.channel(connection)).assertQueue(t.name('q'), { exclusive: true }),
      403,
      refusal('queue', t.name('q'), login.user),
    );
  },
);

claim(
  'access.password.running',
  'Changing a password leaves open connections alone; the next login needs the new one.',
  { notebook: '05' },
  async (t) => {
    const login = await t.user({});
    const wire = await t.wire(login);
    const { exitCode } = await t.ctl('change_password', login.user, 'new');
    assert.equal(exitCode, 0);
    await wire.openChannel();
    const old = await t.wire({ ...login, upTo: 'start-ok' });
    await old.expectConnectionClose(403, /^ACCESS_REFUSED - Login was refused/);
    await t.wire({ ...login, password: 'new' });
  },
);

claim(
  'access.guest.loopback',
  'The user guest is let in from the machine itself only; other users from anywhere.',
  { notebook: '02' },
  async (t) => {
    const { user } = await t.user({});
    assert.equal(await t.mayLogInFrom('guest', '127.0.0.1'), true);
    assert.equal(await t.mayLogInFrom('guest', '10.1.2.3'), false);
    assert.equal(await t.mayLogInFrom(user, '10.1.2.3'), true);
  },
);

claim(
  'access.user-id.own',
  'A user-id property must be the name of the connected user; another closes the channel with 406.',
  { notebook: '02' },
  async (t) => {
    const login = await t.user({ write: '.*' });
    const ch = await t.confirmChannel(await t.connect(login));
    assert.equal(await t.publish(ch, 'amq.fanout', '', 'm', { userId: login.user }), 'ack');
    await t.refused(
      () => ch.publish('amq.fanout', '', Buffer.from('m'), { userId: 'guest' }),
      406,
      `PRECONDITION_FAILED - user_id property set to 'guest' but authenticated user was '${login.user}'`,
    );
  },
);

claim('access.user-id.impersonator', 'A user with the tag impersonator may set any user-id.', { notebook: '05' }, async (t) => {
  const login = await t.user({ write: '.*' }, ['impersonator']);
  const ch = await t.confirmChannel(await t.connect(login));
  assert.equal(await t.publish(ch, 'amq.fanout', '', 'm', { userId: 'somebody' }), 'ack');
});
