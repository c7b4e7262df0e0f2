/** Exchanges as such: those that are there from the beginning, names, publishing to what is not there or internal. */
import { strict as assert } from 'node:assert';
import type { Channel } from 'amqplib';
import { claim } from './harness/claim';
import type { ClaimContext } from './harness/context';
import { RoutingProbe } from './routing-probe';

const DEFAULT_REFUSED = 'ACCESS_REFUSED - operation not permitted on the default exchange';

/** Each action on a channel of its own must be refused with the same code and text. */
async function refusedEach(
  t: ClaimContext,
  code: number,
  text: string,
  actions: readonly ((ch: Channel) => Promise<unknown>)[],
): Promise<void> {
  for (const action of actions) await t.refused(action(await t.channel()), code, text);
}

// --- what is there ---

const PREDECLARED: Readonly<Record<string, string>> = {
  'amq.direct': 'direct',
  'amq.fanout': 'fanout',
  'amq.topic': 'topic',
  'amq.headers': 'headers',
  'amq.match': 'headers',
};

claim(
  'exchange.predeclared',
  'Every vhost begins with five durable exchanges for clients: amq.direct, amq.fanout, amq.topic, amq.headers and amq.match.',
  { notebook: '04', vhost: 'own' },
  async (t) => {
    const ch = await t.channel();
    // Declaring what exists with the same attributes succeeds, so each must be just so.
    for (const [name, type] of Object.entries(PREDECLARED)) await ch.assertExchange(name, type, { durable: true });
  },
);

claim(
  'exchange.predeclared.trace',
  'amq.rabbitmq.trace is there as well, a topic exchange, and internal: clients cannot publish to it.',
  { notebook: '04' },
  async (t) => {
    const ch = await t.channel();
    await ch.assertExchange('amq.rabbitmq.trace', 'topic', { durable: true, internal: true });
    await t.refused(
      () => ch.publish('amq.rabbitmq.trace', '', Buffer.from('m')),
      403,
      "ACCESS_REFUSED - cannot publish to internal exchange 'amq.rabbitmq.trace' in vhost '{vhost}'",
    );
  },
);

claim(
  'exchange.predeclared.fixed',
  'A predeclared exchange cannot be deleted nor declared with other attributes.',
  { notebook: '04' },
  async (t) => {
    const inequivalent = (attribute: string): string =>
      `PRECONDITION_FAILED - inequivalent arg '${attribute}' for exchange 'amq.direct' in vhost '{vhost}'`;
    await t.refused(
      (await t.channel()).deleteExchange('amq.direct'),
      403,
      "ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost '{vhost}' not allowed",
    );
    await t.refused(
      (await t.channel()).assertExchange('amq.direct', 'fanout'),
      406,
      `${inequivalent('type')}: received 'fanout' but current is 'direct'`,
    );
    await t.refused(
      (await t.channel()).assertExchange('amq.direct', 'direct', { durable: false }),
      406,
      `${inequivalent('durable')}: received 'false' but current is 'true'`,
    );
  },
);

claim(
  'exchange.default.bindings',
  'The default exchange leads to every queue by its name: to a new one at once, to a deleted one no longer.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    assert.deepEqual(await probe.route('', t.name('q')), ['q']);
    await probe.queue('later');
    assert.deepEqual(await probe.route('', t.name('later')), ['later']);
    await probe.ch.deleteQueue(t.name('q'));
    const returns = t.returns(probe.ch);
    await t.publish(probe.ch, '', t.name('q'), 'm', { mandatory: true });
    assert.equal((await returns.next()).content.toString(), 'm');
  },
);

claim(
  'exchange.default.exact',
  'To the default exchange a routing key is a name, octet by octet: no patterns, no ignoring of case or blanks.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    for (const key of ['#', '*', '', t.name('Q'), t.name('q').toUpperCase(), ` ${t.name('q')}`, `${t.name('q')}.`]) {
      assert.deepEqual(await probe.route('', key), [], `key '${key}'`);
    }
  },
);

claim(
  'exchange.default.fixed',
  'The default exchange cannot be declared nor deleted, and nothing can be bound to it or unbound from it.',
  { notebook: '04' },
  async (t) => {
    const queue = t.name('q');
    await (await t.channel()).assertQueue(queue, { exclusive: true });
    await refusedEach(t, 403, DEFAULT_REFUSED, [
      (ch) => ch.assertExchange('', 'direct', { durable: true }),
      (ch) => ch.checkExchange(''),
      (ch) => ch.deleteExchange(''),
      (ch) => ch.bindQueue(queue, '', 'k'),
      (ch) => ch.unbindQueue(queue, '', queue),
      (ch) => ch.bindExchange('amq.fanout', '', 'k'),
      (ch) => ch.bindExchange('', 'amq.fanout', 'k'),
      (ch) => ch.unbindExchange('', 'amq.fanout', 'k'),
    ]);
  },
);

// --- names ---

claim(
  'exchange.name.reserved',
  'Clients cannot declare exchanges whose names begin with `amq.`; `amq` and `AMQ.x` are ordinary names.',
  { notebook: '04' },
  async (t) => {
    await t.refused(
      (await t.channel()).assertExchange('amq.mine', 'direct'),
      403,
      "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'",
    );
    const ch = await t.channel();
    for (const name of ['amq', `AMQ.${t.name('x')}`]) {
      await ch.assertExchange(name, 'direct');
      await ch.deleteExchange(name);
    }
  },
);

claim(
  'exchange.name.utf8',
  'A name has up to 255 octets of UTF-8; names are compared octet by octet, so that letters that look alike can be two names.',
  { notebook: '04' },
  async (t) => {
    const ch = await t.channel();
    const [composed, decomposed] = [`caf\u00e9.${t.name('x')}`, `cafe\u0301.${t.name('x')}`];
    await ch.assertExchange(composed, 'direct');
    await ch.assertExchange(decomposed, 'fanout');
    await ch.deleteExchange(composed);
    await ch.checkExchange(decomposed);
    const longest = '交'.repeat(85);
    assert.equal(Buffer.byteLength(longest), 255);
    await ch.assertExchange(longest, 'direct');
    await ch.checkExchange(longest);
  },
);

claim(
  'exchange.name.line-breaks',
  'Line breaks are taken out of an exchange name when it is declared, bound or deleted, not when it is published to.',
  { notebook: '04' },
  async (t) => {
    const ch = await t.channel();
    const name = t.name('x');
    const broken = `\r${name}\n`;
    await ch.assertExchange(broken, 'fanout');
    await ch.checkExchange(name);
    await ch.bindExchange('amq.fanout', broken, '');
    await ch.unbindExchange('amq.fanout', broken, '');
    const publisher = await t.channel();
    await t.refused(
      () => publisher.publish(broken, '', Buffer.from('m')),
      404,
      `NOT_FOUND - no exchange '${broken}' in vhost '{vhost}'`,
    );
    await ch.deleteExchange(broken);
    await t.refused(ch.checkExchange(name), 404, "NOT_FOUND - no exchange '{x}' in vhost '{vhost}'");
  },
);

// --- publishing ---

claim(
  'exchange.publish.missing',
  'Publishing to an exchange that does not exist closes the channel with 404; what the channel published before is delivered.',
  { notebook: '04' },
  async (t) => {
    const [ch, other] = [await t.channel(), await t.channel()];
    const queue = t.name('q');
    await other.assertQueue(queue, { exclusive: true });
    ch.sendToQueue(queue, Buffer.from('before'));
    t.name('none');
    await t.refused(
      () => ch.publish(t.name('none'), '', Buffer.from('m')),
      404,
      "NOT_FOUND - no exchange '{none}' in vhost '{vhost}'",
    );
    assert.deepEqual(await t.drain(other, queue), ['before']);
  },
);

claim(
  'exchange.publish.deleted',
  'An exchange that is deleted under its publishers closes their channels at the next publish.',
  { notebook: '04' },
  async (t) => {
    const [ch, other] = [await t.confirmChannel(), await t.channel()];
    await other.assertExchange(t.name('x'), 'fanout');
    await t.publish(ch, t.name('x'), '', 'm');
    await other.deleteExchange(t.name('x'));
    await t.refused(() => ch.publish(t.name('x'), '', Buffer.from('m')), 404, "NOT_FOUND - no exchange '{x}' in vhost '{vhost}'");
  },
);

claim(
  'exchange.internal',
  'Clients cannot publish to an internal exchange (403); it gets messages from other exchanges.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('inside', 'fanout', { internal: true });
    await probe.exchange('x', 'fanout');
    await probe.bind('q', 'inside');
    await probe.bind('inside', 'x');
    assert.deepEqual(await probe.route('x', ''), ['q']);
    const ch = await t.channel();
    await t.refused(
      () => ch.publish(t.name('inside'), '', Buffer.from('m')),
      403,
      "ACCESS_REFUSED - cannot publish to internal exchange '{inside}' in vhost '{vhost}'",
    );
  },
);

claim(
  'exchange.internal.server',
  'An internal exchange serves as alternate exchange and as dead letter exchange.',
  { notebook: '04' },
  async (t) => {
    const probe = await RoutingProbe.with(t, ['q']);
    await probe.exchange('inside', 'fanout', { internal: true });
    await probe.bind('q', 'inside');
    await probe.exchange('x', 'direct', { alternateExchange: t.name('inside') });
    assert.deepEqual(await probe.route('x', 'unbound'), ['q']);
    await probe.ch.assertQueue(t.name('dying'), { exclusive: true, deadLetterExchange: t.name('inside'), messageTtl: 0 });
    await t.publish(probe.ch, '', t.name('dying'), 'm');
    await t.untilReady(probe.ch, t.name('q'), 1);
    assert.deepEqual(await t.drain(probe.ch, t.name('q')), ['m']);
  },
);
