/** A consumer dies that has settled one message out of the middle; which come back, and where they stand. */
import type { ChannelModel } from 'amqplib';
import { experiment } from 'warren/grading';

const QUEUE = 'parcels';
const PARCELS = 10;
const PREFETCH = 4;
/** The one that is acknowledged. */
const SETTLED = 2;
const ASKED = 5;

export default experiment({
  async run({ amqp, lab }) {
    const connect = (connection_name: string): Promise<ChannelModel> =>
      amqp.connect(lab.url(), { clientProperties: { connection_name } });
    const sender = await (await connect('sender')).createConfirmChannel();
    await sender.assertQueue(QUEUE);
    for (let parcel = 1; parcel <= PARCELS; parcel++) sender.sendToQueue(QUEUE, Buffer.from(`parcel-${parcel}`));
    await sender.waitForConfirms();

    const first = await connect('first');
    const taking = await first.createChannel();
    await taking.prefetch(PREFETCH);
    let given = 0;
    // The one that takes the place of the settled one is the last that this consumer is given.
    await new Promise<void>((resolve) => {
      void taking.consume(QUEUE, (message) => {
        if (message === null) return;
        given += 1;
        if (given === SETTLED) taking.ack(message);
        if (given === PREFETCH + 1) resolve();
      });
    });
    await first.close();

    const second = await (await connect('second')).createChannel();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      void second.consume(QUEUE, (message) => {
        if (message !== null) order.push(message.content.toString());
        if (order.length === PARCELS - 1) resolve();
      });
    });
    return { truth: order.slice(0, ASKED), follow: 'parcel-1' };
  },
});
