/** How a dead letter looks: its properties, and the story of its deaths, field for field. */
import { strict as assert } from 'node:assert';
import { type Field, type FieldTable, encodeTable, field } from '../../lib/amqp/field-table';
import type { Properties } from '../../lib/amqp/properties';
import { Cemetery, DEATH, FIRST, shown, timeOf } from './cemetery';
import { claim } from './harness/claim';

claim(
  'dlx.properties',
  'Properties, body and delivery mode stay; only expiration goes, so that it does not expire again.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.mortal('q');
    const { expiration, ...kept }: Properties = {
      contentType: 'text/plain',
      contentEncoding: 'gzip',
      deliveryMode: 2,
      priority: 3,
      correlationId: 'c',
      replyTo: 'r',
      expiration: '100',
      messageId: 'id',
      timestamp: 1700000000,
      type: 't',
      userId: 'guest',
      appId: 'a',
      clusterId: 'cl',
    };
    c.publish('q', 'm', { ...kept, expiration });
    await t.advance(200);
    const { args, body, properties } = await c.dead();
    const { headers, ...others } = properties;
    assert.deepEqual([body.toString(), args.redelivered, others], ['m', false, kept]);
    assert.match(shown(headers), /routing-keys=\[S:q\] original-expiration=S:100\}\]/);
  },
);

for (const [reason, args, properties] of [
  ['rejected', {}, {}],
  ['expired', { 'x-message-ttl': field.int(50) }, {}],
  ['expired', {}, { expiration: '50' }],
  ['maxlen', { 'x-max-length': field.int(0) }, { expiration: '60000' }],
] as const) {
  const ttl = (properties as Properties).expiration;
  const how = reason === 'expired' && ttl !== undefined ? 'expired-message' : reason;
  const what = { rejected: 'a refusal', expired: 'x-message-ttl', 'expired-message': 'its expiration', maxlen: 'a full queue' }[
    how
  ];
  claim(
    `dlx.death.${how}`,
    `The first death, by ${what}, adds x-death and the three x-first-death headers, each field of one type and place.`,
    { notebook: '07' },
    async (t) => {
      const c = await Cemetery.open(t);
      await c.mortal('q', args);
      await c.wire.call(
        'queue.bind',
        1,
        { queue: t.name('q'), exchange: 'amq.direct', routingKey: t.name('key') },
        'queue.bind-ok',
      );
      c.wire.publish(1, { exchange: 'amq.direct', routingKey: t.name('key'), properties, body: 'm' });
      if (reason === 'rejected') await c.reject('q');
      else await t.advance(100);
      const { properties: after } = await c.dead();
      const death = `count=l:1 reason=S:${reason} queue=S:q time=T exchange=S:amq.direct routing-keys=[S:key]`;
      const expiration = ttl === undefined ? '' : ` original-expiration=S:${ttl}`;
      assert.equal(shown(after.headers), `x-death=[{${death}${expiration}}] ${FIRST('q', reason, 'amq.direct')}`);
    },
  );
}

claim('dlx.death.time', 'The time of a death is in seconds since 1970.', { notebook: '07' }, async (t) => {
  const c = await Cemetery.open(t);
  await c.mortal('q');
  const now = Date.now() / 1000;
  c.publish('q', 'm');
  await c.reject('q');
  const time = timeOf((await c.dead()).properties.headers);
  assert.ok(time >= now - 2 && time < now + 86_400, `${time} is not about ${now}`);
});

claim(
  'dlx.death.headers',
  'Headers of the publisher stay, type for type; all headers are sorted by name then.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.mortal('q');
    const own: FieldTable = new Map<string, Field>([
      ['z', { kind: 'short', value: -2 }],
      ['B', { kind: 'float', value: 0.5 }],
      [
        'a',
        field.table(
          new Map<string, Field>([
            ['y', { kind: 'void', value: null }],
            ['x', { kind: 'decimal', value: { scale: 1, unscaled: 15 } }],
          ]),
        ),
      ],
      ['x-e', field.array([{ kind: 'unsignedbyte', value: 200 }, field.timestamp(1700000000), field.bool(true)])],
    ]);
    c.publish('q', 'm', { headers: own });
    await c.reject('q');
    const headers = (await c.dead()).properties.headers ?? assert.fail();
    assert.deepEqual(
      [...headers.keys()],
      ['B', 'a', 'x-death', 'x-e', 'x-first-death-exchange', 'x-first-death-queue', 'x-first-death-reason', 'z'],
    );
    for (const [key, value] of own) {
      assert.equal(
        encodeTable(new Map([[key, headers.get(key) ?? assert.fail()]])).toString('hex'),
        encodeTable(new Map([[key, value]])).toString('hex'),
      );
    }
  },
);

claim(
  'dlx.death.second',
  'A death in another queue is put in front, its fields sorted by name; earlier entries and x-first-death stay as they are.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.queue('second', { 'x-dead-letter-exchange': field.text(t.name('dlx')), 'x-message-ttl': field.int(50) });
    await c.queue('first', {
      'x-dead-letter-exchange': field.text(''),
      'x-dead-letter-routing-key': field.text(t.name('second')),
    });
    c.publish('first', 'm');
    await c.reject('first');
    await t.advance(100);
    assert.equal(
      shown((await c.dead()).properties.headers),
      'x-death=[{count=l:1 exchange=S: queue=S:second reason=S:expired routing-keys=[S:second] time=T} ' +
        `${DEATH('first', 'rejected')}] ${FIRST('first', 'rejected')}`,
    );
  },
);

claim(
  'dlx.death.again',
  'Another death in the same queue for the same reason raises the count of its entry and puts it in front.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.queue('retry', {
      'x-dead-letter-exchange': field.text(''),
      'x-dead-letter-routing-key': field.text(t.name('work')),
      'x-message-ttl': field.int(30),
    });
    await c.queue('work', { 'x-dead-letter-exchange': field.text(''), 'x-dead-letter-routing-key': field.text(t.name('retry')) });
    c.publish('work', 'm');
    for (const count of [1, 2, 3]) {
      await c.reject('work');
      await t.advance(60);
      const { args, properties } = await c.get('work');
      const retry = `{count=l:${count} exchange=S: queue=S:retry reason=S:expired routing-keys=[S:retry] time=T}`;
      const work =
        count === 1
          ? DEATH('work', 'rejected')
          : `{count=l:${count} exchange=S: queue=S:work reason=S:rejected routing-keys=[S:work] time=T}`;
      assert.equal(shown(properties.headers), `x-death=[${retry} ${work}] ${FIRST('work', 'rejected')}`);
      c.wire.send('basic.reject', 1, { deliveryTag: args.deliveryTag, requeue: true });
    }
  },
);

claim(
  'dlx.death.time-kept',
  'A repeated death keeps the time, exchange and keys of the first one in that queue for that reason.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.queue('q', { 'x-dead-letter-exchange': field.text(''), 'x-dead-letter-routing-key': field.text(t.name('q')) });
    await c.wire.call(
      'queue.bind',
      1,
      { queue: t.name('q'), exchange: 'amq.direct', routingKey: t.name('key') },
      'queue.bind-ok',
    );
    c.wire.publish(1, { exchange: 'amq.direct', routingKey: t.name('key'), body: 'm' });
    await c.reject('q');
    const before = await c.get('q');
    await t.advance(1100);
    c.wire.send('basic.reject', 1, { deliveryTag: before.args.deliveryTag });
    const after = (await c.get('q')).properties.headers;
    const death = 'count=l:2 exchange=S:amq.direct queue=S:q reason=S:rejected routing-keys=[S:key] time=T';
    assert.equal(shown(after), `x-death=[{${death}}] ${FIRST('q', 'rejected', 'amq.direct')}`);
    assert.equal(timeOf(after), timeOf(before.properties.headers));
  },
);

claim('dlx.death.reasons', 'Deaths in one queue for two reasons are two entries.', { notebook: '07' }, async (t) => {
  const c = await Cemetery.open(t);
  const self = { 'x-dead-letter-exchange': field.text(''), 'x-dead-letter-routing-key': field.text(t.name('q')) };
  await c.queue('q', { ...self, 'x-max-length': field.int(1) });
  c.publish('q', 'm1');
  await c.reject('q');
  await c.queue('other', { 'x-max-length': field.int(0), 'x-dead-letter-exchange': field.text(t.name('dlx')) });
  const { properties } = await c.dead('q');
  c.publish('other', 'm2', { headers: properties.headers ?? new Map() });
  const headers = shown((await c.dead()).properties.headers);
  assert.equal(
    headers,
    'x-death=[{count=l:1 exchange=S: queue=S:other reason=S:maxlen routing-keys=[S:other] time=T} ' +
      `${DEATH('q', 'rejected')}] ${FIRST('q', 'rejected')}`,
  );
});

/** Lets a message die in these queues one after the other, and gives the queues of x-death, newest first, after each death. */
async function deathsAlong(c: Cemetery, way: readonly string[]): Promise<string[]> {
  for (const name of new Set(way)) {
    const where = {
      'x-dead-letter-exchange': field.text('amq.direct'),
      'x-dead-letter-routing-key': field.text(c.t.name('key')),
    };
    await c.queue(name, where);
  }
  const seen: string[] = [];
  c.publish(way[0] as string, 'm');
  for (const [i, name] of way.entries()) {
    const queue = c.t.name(way[i + 1] ?? 'dead');
    const next = { queue, exchange: 'amq.direct', routingKey: c.t.name('key') };
    await c.wire.call('queue.bind', 1, next, 'queue.bind-ok');
    await c.reject(name);
    const { args, properties } = await c.get(way[i + 1] ?? 'dead');
    const deaths = properties.headers?.get('x-death')?.value as readonly Field[];
    seen.push(deaths.map(({ value }) => String((value as FieldTable).get('queue')?.value)[0]).join(''));
    c.wire.send('basic.reject', 1, { deliveryTag: args.deliveryTag, requeue: true });
    await c.wire.call('queue.unbind', 1, next, 'queue.unbind-ok');
  }
  return seen;
}

claim(
  'dlx.death.turned',
  'From the third entry on the earlier ones do not stay in their order: each death turns them round.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    assert.deepEqual(await deathsAlong(c, ['a', 'b', 'c', 'd']), ['a', 'ba', 'cab', 'dbac']);
  },
);

claim(
  'dlx.death.counted',
  'A death that counts for an entry that is there moves only this one to the front; the others are turned round again.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    assert.deepEqual(await deathsAlong(c, ['a', 'b', 'c', 'a', 'a']), ['a', 'ba', 'cab', 'abc', 'acb']);
  },
);

claim(
  'dlx.death.forged',
  'x-death of a publisher is believed: entries of an earlier life are counted on, an x-death that is no array is replaced.',
  { notebook: '07' },
  async (t) => {
    const c = await Cemetery.open(t);
    await c.mortal('q');
    const entry: FieldTable = new Map([
      ['queue', field.text(t.name('q'))],
      ['reason', field.text('rejected')],
      ['count', field.long(41)],
    ]);
    c.publish('q', 'm', { headers: new Map([['x-death', field.array([field.table(entry)])]]) });
    await c.reject('q');
    assert.equal(shown((await c.dead()).properties.headers), 'x-death=[{count=l:42 queue=S:q reason=S:rejected}]');
    const countless: FieldTable = new Map([
      ['reason', field.text('expired')],
      ['queue', field.text('x')],
    ]);
    const twice = field.array([field.table(countless), field.table(entry), field.table(countless)]);
    c.publish('q', 'm', { headers: new Map([['x-death', twice]]) });
    await c.reject('q');
    assert.equal(
      shown((await c.dead()).properties.headers),
      'x-death=[{count=l:42 queue=S:q reason=S:rejected} {count=l:2 reason=S:expired queue=S:x}]',
    );
    c.publish('q', 'm', { headers: new Map([['x-death', field.array([])]]) });
    await c.reject('q');
    assert.equal(
      shown((await c.dead()).properties.headers),
      'x-death=[{count=l:1 exchange=S: queue=S:q reason=S:rejected routing-keys=[S:q] time=T}]',
    );
    c.publish('q', 'm', { headers: new Map([['x-death', field.text('nonsense')]]) });
    await c.reject('q');
    assert.equal(shown((await c.dead()).properties.headers), `x-death=[${DEATH('q', 'rejected')}]`);
  },
);
