/** What was recorded elsewhere, opened in a lab. */
import { strict as assert } from 'node:assert';
import { openRecording, type Recording } from '../../../lib/lab/recording';
import { withLab } from '../../../lib/lab/with-lab';
import * as amqp from 'amqplib';

/** A message that waits in a queue, recorded. */
function recorded(): Promise<Recording> {
  return withLab({ name: 'recorded', engine: 'warren' }, async (lab) => {
    const connection = await amqp.connect(lab.url());
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('parcels');
    channel.sendToQueue('parcels', Buffer.from('parcel-1'));
    await channel.waitForConfirms();
    const listings = new Map([['end', await lab.snapshot()]]);
    const { events } = lab.trace;
    await connection.close();
    return { title: 'A parcel waits', events, listings, about: { follow: 'parcel-1', events } };
  });
}

describe('a recording', () => {
  it('is drawn as it was, whatever the lab that opens it holds', async () => {
    const recording = await recorded();
    await withLab({ name: 'opens', engine: 'warren' }, async (lab) => {
      const draw = await lab.open(recording);
      assert.match((await draw.topology()).html, /parcels/);
      assert.match((await draw.sequence({ follow: 'parcel-1' })).html, /parcel-1/);
      assert.doesNotMatch((await lab.draw.topology()).html, /parcels/);
    });
  });

  it('without a listing of its end is refused', async () => {
    await assert.rejects(openRecording({ title: 'x', events: [], listings: new Map(), about: null }), /no listing of its end/);
  });
});
