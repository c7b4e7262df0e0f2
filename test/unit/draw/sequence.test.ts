/** What a sequence picture says about the lives of its lanes, and what it draws a lane for. */
import assert from 'node:assert/strict';
import { sceneOfSequence } from '../../../lib/draw/sequence';
import type { TraceEvent } from '../../../lib/trace/events';
import { trace } from './broker-parts';
import { TRACES } from './traces';

const COURIER = '127.0.0.1:50001 -> 127.0.0.1:5672';

function svg(events: readonly TraceEvent[]): string {
  return sceneOfSequence(events).scene.toString();
}

/** The x of each lane that has a piece drawn as closed or dead, from left to right. */
function goneLanes(events: readonly TraceEvent[]): number[] {
  const pieces = svg(events).matchAll(/<path d="M(\d+) [\d.]+L\1 [\d.]+" class="kn w2 y4"\/>/g);
  return [...new Set([...pieces].map(([, x]) => Number(x)))].sort((a, b) => a - b);
}

function crosses(events: readonly TraceEvent[]): number {
  return [...svg(events).matchAll(/class="kl w4"/g)].length;
}

function eventsOf(name: string): readonly TraceEvent[] {
  return (TRACES[name] as (typeof TRACES)[string])().events;
}

describe('lanes of a sequence picture', () => {
  const heads = (events: readonly TraceEvent[]): string[] =>
    sceneOfSequence(events)
      .scene.texts.filter(({ rect }) => rect.y > 52 && rect.y < 96)
      .map(({ text }) => text);

  it('a connection that the server closes ends every lane of that connection, and no other', () => {
    const events = eventsOf('connection-closed');
    const until = events.findIndex(({ type }) => type === 'connection.closed') + 1;
    assert.equal(heads(events).filter((text) => text === 'courier').length, 2);
    assert.equal(goneLanes(events.slice(0, until)).length, 2);
    assert.equal(crosses(events.slice(0, until)), 1, 'the lane without the arrow is crossed');
    assert.equal(goneLanes(events).length, 3, 'the other connection takes its leave');
    assert.equal(crosses(events), 1, 'nobody forced the other one');
  });

  it('a connection that the network loses ends every lane of that connection', () => {
    const events = eventsOf('connection-lost');
    assert.equal(goneLanes(events).length, 2);
    assert.equal(crosses(events), 2);
  });

  it('a lane that many connections share lives until the last of them is gone', () => {
    const names = Array.from({ length: 8 }, (_, i) => `10.0.0.${i}:4000 -> 127.0.0.1:5672`);
    const sent = names.map((connection, i) => ({
      ...{ type: 'publish' as const, connection, channel: 1, exchange: 'a', routingKey: '', mandatory: false, persistent: false },
      ...{ bodyBytes: 1, publishSeq: 0, message: i + 1, label: `m-${i + 1}` },
    }));
    const lost = names.map((connection) => ({
      ...{ type: 'connection.closed' as const, connection, by: 'network' as const, code: 0, text: '' },
    }));
    assert.deepEqual(goneLanes(trace([...sent, ...lost.slice(0, 7)])), []);
    assert.equal(goneLanes(trace([...sent, ...lost])).length, 1);
  });

  it('shows who was refused, and why', () => {
    const { scene, frame, steps } = sceneOfSequence(eventsOf('refused'));
    assert.equal(frame.title, 'The broker refuses a connection with 530');
    assert.ok(heads(eventsOf('refused')).includes('stranger'));
    assert.equal(steps.at(-1)?.to?.kind, 'client');
    assert.ok(scene.texts.some(({ text }) => text === 'connection refused 530'));
  });

  it('direct replies have no queue: the exchange hands them to the channel, and they need no ack', () => {
    const events = eventsOf('direct-reply');
    assert.deepEqual(
      heads(events).filter((text) => !['producer', 'client', 'consumer', 'direct'].includes(text)),
      ['caller', '(default)', 'rpc', 'queue', 'server'],
    );
    const { steps } = sceneOfSequence(events);
    const reply = steps.find((step) => step.verb === 'deliver' && step.strong === 'm-2');
    assert.deepEqual([reply?.from, reply?.delivery], [{ kind: 'exchange', name: '', channel: 0 }, '']);
  });

  it('a connection stands nearest to the broker of its lanes', () => {
    const opened = { type: 'connection.opened' as const, connection: COURIER, name: 'courier', user: 'guest', vhost: '/' };
    const channels = [1, 2].map((channel) => ({ type: 'channel.opened' as const, connection: COURIER, channel }));
    const { scene } = sceneOfSequence(trace([{ ...opened, product: '' }, ...channels]));
    const at = (text: string): number => (scene.texts.find((placed) => placed.text === text)?.rect.x as number) ?? Number.NaN;
    assert.ok(at('connects') > at('channel 2'), `${at('connects')} and ${at('channel 2')}`);
  });
});

describe('lifelines of a sequence picture', () => {
  const drawn = (events: readonly TraceEvent[], follow?: string) => sceneOfSequence(events, { follow }).scene;

  /** Heights of the straight upright pieces below the head of the lane called `name`; of several so called, the last. */
  function lifeline(events: readonly TraceEvent[], name: string): { from: number; to: number }[] {
    const scene = drawn(events);
    const head = scene.texts.filter(({ text, rect }) => text === name && rect.y < 96).at(-1)?.rect;
    const box = scene.boxes.find((one) => head !== undefined && head.x > one.x && head.x < one.x + one.width && head.y > one.y);
    assert.ok(box !== undefined, `no lane ${name}`);
    const x = Math.round(box.x + box.width / 2);
    const upright = scene.lines.filter(({ behind, points }) => behind && points.every((point) => point.x === x));
    return upright.map(({ points }) => ({ from: points[0]?.y as number, to: points.at(-1)?.y as number }));
  }

  function height(events: readonly TraceEvent[], label: string, nth = 0): number {
    const rects = drawn(events).texts.filter(({ text }) => text === label);
    const rect = rects.at(nth)?.rect;
    assert.ok(rect !== undefined, `no ${label}`);
    return rect.y + rect.height / 2;
  }

  it('begin where a connection connects and where a queue is declared', () => {
    const events = eventsOf('hello');
    const [receiver] = lifeline(events, 'receiver');
    assert.ok(Math.abs((receiver?.from as number) - height(events, 'connects', 1)) < 8);
    const [queue] = lifeline(events, 'hello').slice(-1);
    assert.ok(Math.abs((queue?.from as number) - height(events, 'declared')) < 8);
    assert.equal(lifeline(events, '(default)')[0]?.from, 96, 'nobody declares it: it was always there');
  });

  it('of what was there before the picture begin at the top', () => {
    const events = eventsOf('hello').filter(({ type }) => type !== 'connection.opened' && type !== 'queue.declared');
    for (const name of ['127.0.0.1:50001', '127.0.0.1:50002']) assert.equal(lifeline(events, name)[0]?.from, 96);
  });

  it('of a queue end where it is deleted', () => {
    const events = eventsOf('errors');
    const [alive, gone] = lifeline(events, 'billing');
    assert.ok(Math.abs((gone?.from as number) - height(events, 'deleted')) < 8);
    assert.equal(alive?.to, gone?.from);
  });

  it('of a queue that must be declared again stay dead when the node runs again', () => {
    const events = eventsOf('restarted');
    const [, dead, again] = lifeline(events, 'parcels');
    assert.ok(Math.abs((dead?.from as number) - height(events, 'kill -9 rabbit1')) < 8);
    assert.ok(Math.abs((again?.from as number) - height(events, 'declared', 1)) < 8);
    const [, , direct] = lifeline(events, '(default)');
    assert.ok(Math.abs((direct?.from as number) - height(events, 'rabbit1 is running')) < 8);
  });

  it('of one connection begin together, each with a mark', () => {
    const events = eventsOf('two-channels');
    const [one] = lifeline(events, 'channel 1');
    const [two] = lifeline(events, 'channel 2');
    assert.equal(one?.from, two?.from);
    assert.match(svg(events), new RegExp(`<circle cx="\\d+" cy="${one?.from}" r="3.5"`));
  });

  it('wear the colour of the followed message only while that one is held', () => {
    const events = eventsOf('held-together');
    const bars = [
      ...drawn(events, 'm-2')
        .toString()
        .matchAll(/<rect [^>]*y="([\d.]+)" width="8" height="([\d.]+)" class="k(.) w1"/g),
    ];
    const inks = bars.map(([, , , ink]) => ink);
    assert.deepEqual(inks, ['d', 'f', 'f', 'd'], 'm-1 alone, with m-2; m-2 again, and m-3 after it');
    const [first, second] = bars.map(([, y, tall]) => ({ from: Number(y), to: Number(y) + Number(tall) }));
    assert.equal(first?.to, second?.from);
  });

  it('stop at words that stand on them', () => {
    const events = eventsOf('two-channels');
    const command = drawn(events).texts.find(({ text }) => text.startsWith('rabbitmqctl'))?.rect;
    const [x, wide] = [Number(command?.x) - 3, Number(command?.width) + 6].map((value) => Math.round(value * 10) / 10);
    assert.ok(svg(events).includes(`<rect x="${x}" y="`) && svg(events).includes(`width="${wide}" height="12.8" class="fg"/>`));
  });
});
