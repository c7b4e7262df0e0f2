/** The parts that pictures are made of: words and numbers, the sheet, matching, folding, scales, and the checks themselves. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { drawPlot, drawSequence, drawTopology, wireTable } from '../../../lib/draw';
import { followMessage, topicMatches } from '../../../lib/draw/follow';
import { crossings, orderColumns, placeColumns, type Cell } from '../../../lib/draw/layered';
import { ordered, spread, thinned, timeScale, valueScale } from '../../../lib/draw/plot-scale';
import { Scene } from '../../../lib/draw/scene';
import { rowsOf } from '../../../lib/draw/sequence-rows';
import { stepsOf } from '../../../lib/draw/sequence-steps';
import { SHEET } from '../../../lib/draw/sheet';
import { sceneOfTopology } from '../../../lib/draw/topology';
import { prefixOf } from '../../../lib/draw/topology-fold';
import {
  byName,
  clock,
  commas,
  compact,
  coordinate,
  count,
  duration,
  escape,
  shorten,
  textWidth,
  visible,
} from '../../../lib/draw/words';
import { hexDump } from '../../../lib/draw/wire-table';
import { trace } from './broker-parts';
import { BROKERS } from './brokers';
import { checkGeometry, parseXml } from './pictures';
import { NASTY } from './random-brokers';
import { TRACES } from './traces';

const MONO = { size: 12, mono: true, bold: false };

describe('words of a picture', () => {
  it('writes numbers the same on every machine', () => {
    assert.deepEqual(
      [0, -0, 1234, 1234567, -1234.5].map((value) => commas(value)),
      ['0', '0', '1,234', '1,234,567', '\u22121,235'],
    );
    assert.deepEqual(
      [0.25, 1.5, -0.001].map((value) => commas(value, 2)),
      ['0.25', '1.5', '0'],
    );
    assert.deepEqual([9999, 12_345, 999_499, 999_500, 1_234_567, 999_600_000, 3.1e9].map(compact), [
      '9,999',
      '12 k',
      '999 k',
      '1 M',
      '1.2 M',
      '1 G',
      '3.1 G',
    ]);
    assert.deepEqual([-0.04, 0.05, 1.25, 12].map(coordinate), ['0', '0.1', '1.3', '12']);
    assert.deepEqual([count(1, 'queue'), count(0, 'queue'), count(2, 'entry', 'entries')], ['1 queue', '0 queues', '2 entries']);
  });

  it('writes lab time and lengths of time', () => {
    assert.deepEqual([0, 12_400, 130_000, 5_400_000, Number.NaN].map(clock), [
      '00:00.000',
      '00:12.400',
      '02:10.000',
      '90:00.000',
      '00:00.000',
    ]);
    assert.deepEqual([5, 5200, 60_000, 125_000, 86_400_000, 172_800_000].map(duration), [
      '5 ms',
      '5.2 s',
      '1 min',
      '2 min 5 s',
      '24 h',
      '2 days',
    ]);
  });

  it('makes visible what would vanish or turn the line around', () => {
    assert.equal(visible('a\u0000b\tc\u007f'), 'a␀b␉c␡');
    assert.equal(visible('\u202ex\ud83d\ufeff'), '\ufffdx\ufffd\ufffd');
    assert.equal(visible(' a  b c '), '␣a␣␣b c␣');
    assert.equal(visible('账单 😀'), '账单 😀');
  });

  it('escapes everything that has a meaning in markup', () => {
    for (const nasty of NASTY) parseXml(`<text class="${escape(nasty)}">${escape(nasty)}</text>`);
    assert.equal(escape(`<&>"'`), '&lt;&amp;&gt;&quot;&#39;');
  });

  it('shortens in the middle, to a width that it keeps', () => {
    assert.equal(shorten('short', 100, MONO), 'short');
    assert.equal(shorten('company.orders.international', 100, MONO), 'compan…tional');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(200), (text, max) => {
        const short = shorten(text, max, MONO);
        assert.ok(textWidth(short, MONO) <= max);
        assert.ok(short === text || short === '' || short.includes('…'));
      }),
    );
  });

  it('sorts names with numbers by value, and is an order', () => {
    assert.deepEqual(['q10', 'q2', 'q', 'a', 'q02x'].sort(byName), ['a', 'q', 'q02x', 'q2', 'q10']);
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a0-9]{0,6}$/), { minLength: 3, maxLength: 3 }), ([a, b, c]) => {
        const [x, y, z] = [a as string, b as string, c as string];
        assert.ok(Math.sign(byName(x, y)) === -Math.sign(byName(y, x)) && (byName(x, y) === 0) === (x === y));
        if (byName(x, y) < 0 && byName(y, z) < 0) assert.ok(byName(x, z) < 0, `${x} < ${y} < ${z}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps the sheet of .wn1 to the byte: changed, it must be called .wn2', () => {
    assert.equal(
      createHash('sha256').update(SHEET).digest('hex'),
      'af25d74a2bea60c1e3131a27cb4732bced6296641d3814c7a4d7e7e8992cb674',
    );
  });
});

describe('the way of a followed message', () => {
  it('matches topic patterns as a broker does', () => {
    const cases: [string, string, boolean][] = [
      ['order.#', 'order', true],
      ['order.#', 'order.paid.now', true],
      ['order.*', 'order', false],
      ['*.paid', 'order.paid', true],
      ['#.paid.#', 'paid', true],
      ['#', '', true],
      ['*', '', true],
      ['a.#.b.#.c', 'a.b.b.c', true],
      ['a.#.b.#.c', 'a.c', false],
    ];
    for (const [pattern, key, matches] of cases) assert.equal(topicMatches(pattern, key), matches, `${pattern} against ${key}`);
  });

  it('finds bindings, queues and the faded ones, with routing events and without', () => {
    const { snapshot, recent = [] } = (BROKERS.orders as () => ReturnType<(typeof BROKERS)[string]>)();
    for (const events of [recent, recent.filter((event) => event.type !== 'routed')]) {
      const path = followMessage(snapshot, 'm-17', events);
      assert.deepEqual([...path.bindings].map((binding) => binding.routingKey).sort(), ['order.#', 'order.paid']);
      assert.deepEqual([...path.queues].sort(), ['audit', 'billing']);
    }
    assert.equal(followMessage(snapshot, 'nobody', recent).found, false);
  });

  it('has its key beside its label, below it where both are long, and not at all where they are one word', () => {
    const { snapshot, recent = [] } = (BROKERS['long-key'] as () => ReturnType<(typeof BROKERS)[string]>)();
    const above = (label: string, routingKey: string): string[] => {
      const events = recent.map((event) => (event.type === 'publish' ? { ...event, label, routingKey } : event));
      const { scene } = sceneOfTopology(snapshot, { follow: label, recent: events.slice(0, 1) });
      const texts = scene.texts.map(({ text }) => text);
      return texts.slice(texts.indexOf('conn 1 · channel 1') + 1, texts.indexOf('twin'));
    };
    assert.deepEqual(above('m-1', 'order.paid'), ['m-1 order.paid']);
    assert.deepEqual(above('log.error.payment', 'log.error.payment.eu').sort(), ['log.error.payment', 'log.error.payment.eu']);
    assert.deepEqual(above('log.error.payment', 'log.error.payment'), ['log.error.payment']);
  });

  it('knows who holds it until it is settled', () => {
    const { snapshot } = (BROKERS.hello as () => ReturnType<(typeof BROKERS)[string]>)();
    const [, receiver] = snapshot.connections as [unknown, { connection: string }];
    const place = { connection: receiver.connection, channel: 1 };
    const deliver = {
      type: 'deliver' as const,
      ...place,
      consumerTag: 'amq.ctag-hello',
      deliveryTag: 3,
      redelivered: false,
      queue: 'hello',
      exchange: '',
      routingKey: 'hello',
      bodyBytes: 1,
      message: 4,
      label: 'm',
    };
    const held = (after: Parameters<typeof trace>[0]): number =>
      followMessage(snapshot, 'm', trace([deliver, ...after])).holders.size;
    assert.equal(held([]), 1);
    assert.equal(held([{ type: 'ack', ...place, deliveryTag: 3, multiple: false }]), 0);
    assert.equal(held([{ type: 'ack', ...place, deliveryTag: 2, multiple: true }]), 1);
    assert.equal(held([{ type: 'reject', ...place, deliveryTag: 9, multiple: true, requeue: true }]), 0);
    assert.equal(held([{ type: 'connection.closed', connection: receiver.connection, by: 'network', code: 0, text: '' }]), 0);
  });
});

describe('layout in columns', () => {
  const cell = (id: string): Cell => ({ id, height: 20, above: 0, below: 0, group: 0 });

  it('removes crossings that an order can remove', () => {
    const columns = [['a', 'b', 'c'].map(cell), ['x', 'y', 'z'].map(cell)];
    const edges = [
      { from: 'a', to: 'z' },
      { from: 'b', to: 'y' },
      { from: 'c', to: 'x' },
    ];
    assert.equal(crossings(columns, edges), 3);
    assert.equal(crossings(orderColumns(columns, edges, new Set()), edges), 0);
  });

  it('places chains straight and keeps the gaps', () => {
    const columns = [['a', 'b'].map(cell), ['x', 'y'].map(cell)];
    const edges = [
      { from: 'a', to: 'x' },
      { from: 'b', to: 'y' },
    ];
    const tops = placeColumns(columns, edges, [10, 50]);
    assert.equal(tops.get('a'), tops.get('x'));
    assert.equal(tops.get('b'), tops.get('y'));
    assert.ok((tops.get('y') as number) - (tops.get('x') as number) >= 70);
    assert.equal(Math.min(...tops.values()), 0);
  });
});

describe('folding', () => {
  it('groups names by what they have in common', () => {
    assert.deepEqual(['inv.12', 'tmp-3', 'q17', 'amq.gen-JzTY', 'audit', '17'].map(prefixOf), [
      'inv.*',
      'tmp-*',
      'q*',
      'amq.gen-*',
      'audit',
      '17',
    ]);
  });

  it('says what repeats itself, and how often', () => {
    const rows = rowsOf(stepsOf((TRACES.repeats as () => { events: [] })().events), () => false);
    const texts = rows.flatMap((row) => (row.kind === 'fold' ? row.text : []));
    assert.ok(texts.includes('m-2 to m-316: publish, confirm, deliver and ack, 315 times'), texts.join('; '));
  });

  it('does not fold the followed message', () => {
    const { events } = (TRACES.repeats as () => { events: [] })();
    const rows = rowsOf(stepsOf(events), (step) => step.messageLabel === 'm-100');
    const shown = rows.flatMap((row) => (row.kind === 'step' ? row.step.messageLabel : []));
    assert.equal(shown.filter((label) => label === 'm-100').length, 3);
  });

  it('folds a long pause, and not a short one', () => {
    const note = (at: number) => ({ type: 'note' as const, text: 'x', at });
    const pauses = (times: readonly number[]) =>
      rowsOf(stepsOf(trace(times.map(note))), () => false).flatMap((row) => (row.kind === 'pause' ? row.text : []));
    assert.deepEqual(pauses([0, 10, 5210, 5220]), ['nothing for 5.2 s']);
    assert.deepEqual(pauses([0, 10, 20]), []);
  });

  it('draws what the trace says about a delivery that needs no ack: it is not held', () => {
    const { events } = (TRACES.hello as () => { events: ReturnType<typeof trace> })();
    const held = (html: string): boolean => html.includes('held, not acknowledged');
    assert.ok(held(drawSequence(events)));
    assert.ok(!held(drawSequence(events.map((event) => (event.type === 'consumer.added' ? { ...event, noAck: true } : event)))));
  });
});

describe('scales of a plot', () => {
  it('has round steps that contain the values', () => {
    assert.deepEqual(valueScale([0, 1940]).ticks, [0, 500, 1000, 1500, 2000]);
    assert.deepEqual(valueScale([]).ticks, [0, 1]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true })), (values) => {
        const scale = valueScale(values);
        const slack = 1e-6 * scale.step;
        assert.ok(values.every((value) => value >= scale.low - slack && value <= scale.high + slack));
        assert.ok(scale.ticks.length >= 2 && scale.ticks.length <= 7);
      }),
    );
    assert.deepEqual(timeScale([0, 60_000]).ticks, [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
  });

  it('keeps every peak when it thins a line out', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 3000 }), (values) => {
        const points = thinned(ordered(values.map((value, i) => [i, value] as const)));
        assert.ok(points.length <= 200);
        const drawn = points.map(([, value]) => value);
        assert.equal(Math.max(...drawn), Math.max(...values));
        assert.equal(Math.min(...drawn), Math.min(...values));
        assert.deepEqual([drawn[0], drawn.at(-1)], [values[0], values.at(-1)]);
      }),
    );
  });

  it('keeps labels apart', () => {
    assert.deepEqual(spread([50, 50, 52], 13, 0, 100), [50, 63, 76]);
    assert.deepEqual(spread([99, 100], 13, 0, 100), [87, 100]);
  });
});

describe('wire table', () => {
  it('dumps sixteen bytes a line with what is printable', () => {
    assert.equal(hexDump('414d515000000901'), '0000  41 4d 51 50 00 00 09 01                           AMQP....');
    assert.equal(hexDump('ce'.repeat(300)).split('\n').length, 17);
    assert.ok(hexDump('ce'.repeat(300)).endsWith('and 44 more bytes'));
  });

  it('escapes what the client said', () => {
    const html = wireTable(
      [{ at: 0, direction: 'client→broker', channel: 1, name: '<b>', detail: '</td><script>', bytes: 1, hex: '3c 62 3e' }],
      '<i>',
    );
    assert.ok(!/<(b|i|script)>/.test(html) && html.includes('&lt;b&gt;'));
  });
});

describe('the checks on pictures', () => {
  const page = '<svg width="200" height="100" viewBox="0 0 200 100">';

  it('notice texts that meet, are clipped, or are crossed', () => {
    const line = { from: { x: 0, y: 47 }, to: { x: 199, y: 47 } };
    const box = { x: 80, y: 20, width: 40, height: 60 };
    const cases: ReadonlyArray<readonly [RegExp, readonly ((scene: Scene) => void)[]]> = [
      [/meets/, [(scene) => scene.text(10, 50, '', 'first'), (scene) => scene.text(20, 52, '', 'second')]],
      [/clipped/, [(scene) => scene.text(190, 50, '', 'too long')]],
      [/runs through/, [(scene) => scene.text(10, 50, '', 'crossed'), (scene) => scene.straight(line.from, line.to, 'ki')]],
      [/meets the box/, [(scene) => scene.box(box), (scene) => scene.text(60, 50, '', 'over the edge')]],
      [/overlap/, [(scene) => scene.box(box), (scene) => scene.box({ ...box, x: 110 })]],
      [/crosses the box/, [(scene) => scene.box(box), (scene) => scene.straight(line.from, line.to, 'ki')]],
    ];
    for (const [message, draw] of cases) {
      const scene = new Scene();
      for (const step of draw) step(scene);
      assert.throws(() => checkGeometry(scene, page), message);
    }
  });

  it('notice markup that is not a picture', () => {
    for (const bad of [
      '<text>a',
      '<text>&</text>',
      '<script></script>',
      '<text onclick="x">a</text>',
      '<text>a</rect>',
      '<text>a < b</text>',
    ]) {
      assert.throws(() => parseXml(bad), bad);
    }
  });

  it('see the same picture in light and dark: colours are classes, never values', () => {
    const pictures = [
      drawTopology((BROKERS.orders as () => { snapshot: Parameters<typeof drawTopology>[0] })().snapshot),
      drawSequence((TRACES.losses as () => { events: [] })().events),
      drawPlot('x', [
        {
          name: 'a',
          unit: 'b',
          points: [
            [0, 1],
            [5, 2],
          ],
        },
      ]),
    ];
    for (const html of pictures)
      assert.ok(!/#[0-9a-f]{3,6}|rgb\(/i.test(html.replace(/<style>[\s\S]*?<\/style>/g, '').replace(/&#39;/g, '')));
  });
});
