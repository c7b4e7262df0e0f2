import { strict as assert } from 'node:assert';
import amqp from 'amqplib';
import type { LabApi } from '../../../lib/lab/api';
import { Lab } from '../../../lib/lab/lab';
import { connect } from './lab-client';

describe('what a lab shows', function () {
  // Drawing is loaded with the first picture.
  this.timeout(20_000);

  let lab: Lab;

  beforeEach(async () => {
    lab = await Lab.start({ engine: 'warren', name: 'unit-pictures' });
  });

  afterEach(() => lab.stop());

  it('captures a conversation frame by frame', async () => {
    const api: LabApi = lab;
    const tap = await api.tap();
    const connection = await amqp.connect(tap.url);
    await connection.createChannel();
    await connection.close();
    assert.deepEqual(
      tap.frames.map(({ name }) => name),
      [
        'protocol header',
        'connection.start',
        'connection.start-ok',
        'connection.tune',
        'connection.tune-ok',
        'connection.open',
        'connection.open-ok',
        'channel.open',
        'channel.open-ok',
        'connection.close',
        'connection.close-ok',
      ],
    );
    assert.match(tap.table().html, /connection\.start-ok/);
    assert.equal(lab.trace.of('connection.opened').length, 1, 'the capture must not trace a second time');
  });

  it('draws what there is, and gives it as HTML and as SVG', async () => {
    const channel = await (await connect(lab, 'order-api')).createChannel();
    await channel.assertQueue('orders');
    const picture = await lab.draw.topology({ title: 'Where is the queue?' });
    assert.match(picture.svg, /^<svg[\s\S]*<\/svg>$/);
    assert.ok(picture.html.includes(picture.svg) && String(picture) === picture.html);
    assert.match(picture.html, /Where is the queue\?[\s\S]*orders/);
    const since = lab.trace.events.at(-1)?.seq ?? 0;
    lab.trace.note('from here');
    const [all, rest] = [await lab.draw.sequence(), await lab.draw.sequence({ since: since + 1 })];
    assert.match(all.html, /order-api/);
    assert.doesNotMatch(rest.html, /order-api/);
    const plot = await lab.draw.plot({ title: 'depth', series: [{ name: 'orders', unit: 'messages', points: [[0, 1]] }] });
    assert.match(plot.html, /depth/);
  });

  it('draws what its nodes went through, all of it or from an event on', async () => {
    await lab.node().kill();
    await lab.node().start();
    const since = lab.trace.events.at(-1)?.seq ?? 0;
    lab.trace.note('from here');
    const [all, rest] = [await lab.draw.timeline(), await lab.draw.timeline({ title: 'Later', since: since + 1 })];
    assert.match(all.html, /kill -9 rabbit1/);
    assert.match(rest.html, /Later/);
    assert.doesNotMatch(rest.html, /kill -9/);
  });
});
