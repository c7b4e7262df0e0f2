/** Dead letters that come back to the queue in which they died. */
import { strict as assert } from 'node:assert';
import { field } from '../../lib/amqp/field-table';
import { Cemetery, shown } from './cemetery';
import { claim } from './harness/claim';

claim(
  'dlx.cycle.expired',
  'A message that expiry alone would bring back to the queue where it died is dropped.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.queue('a', {
      'x-message-ttl': field.int(30),
      'x-dead-letter-exchange': field.text(''),
      'x-dead-letter-routing-key': field.text(t.name('b')),
    });
    await c.queue('b', {
      'x-message-ttl': field.int(30),
      'x-dead-letter-exchange': field.text(''),
      'x-dead-letter-routing-key': field.text(t.name('a')),
    });
    c.publish('a', 'm');
    await t.advance(200);
    await t.eventually(async () => {
      for (const q of ['a', 'b']) {
        const { args } = await c.wire.call('queue.declare', 1, { queue: t.name(q), passive: true }, 'queue.declare-ok');
        assert.equal(args.messageCount, 0);
      }
    });
  },
);

claim(
  'dlx.cycle.maxlen',
  'So it is with a queue that is full: a message dropped from it does not come back to it.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.queue('q', {
      'x-max-length': field.int(1),
      'x-dead-letter-exchange': field.text(''),
      'x-dead-letter-routing-key': field.text(t.name('q')),
    });
    for (const body of ['m1', 'm2', 'm3']) c.publish('q', body);
    await c.wire.call('basic.qos', 1, {}, 'basic.qos-ok');
    await t.quiet();
    assert.deepEqual(await c.bodies('q'), ['m3']);
  },
);

claim(
  'dlx.cycle.rejected',
  'With a refusal in the circle it goes round for ever: a consumer decided it, and a consumer can end it.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.queue('q', { 'x-dead-letter-exchange': field.text(''), 'x-dead-letter-routing-key': field.text(t.name('q')) });
    c.publish('q', 'm');
    for (let i = 0; i < 5; i++) await c.reject('q');
    const { properties } = await c.get('q');
    assert.match(shown(properties.headers), /^x-death=\[\{count=l:5 /);
  },
);

claim(
  'dlx.cycle.other-queues',
  'Breaking a circle drops the message for that queue only; other queues of the exchange get it.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.mortal('q', { 'x-message-ttl': field.int(30) });
    await c.wire.call('queue.bind', 1, { queue: t.name('q'), exchange: t.name('dlx') }, 'queue.bind-ok');
    c.publish('q', 'm');
    await t.advance(100);
    assert.equal((await c.dead()).body.toString(), 'm');
    await t.advance(100);
    assert.deepEqual(await c.bodies('q'), []);
    assert.deepEqual(await c.bodies(), []);
  },
);

claim(
  'dlx.cycle.requeue-limit',
  'A refusal by requeue does not count as one: it leaves no entry.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.mortal('q', { 'x-message-ttl': field.int(2000) });
    c.publish('q', 'm');
    const { args } = await c.get('q');
    c.wire.send('basic.reject', 1, { deliveryTag: args.deliveryTag, requeue: true });
    await t.advance(2200);
    assert.match(shown((await c.dead()).properties.headers), /^x-death=\[\{count=l:1 reason=S:expired [^{]*\}\] /);
  },
);
