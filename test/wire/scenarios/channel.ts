/** Channels opened twice or not at all, and content frames out of place. */
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../../../lib/amqp/constants';
import { frame } from '../../../lib/amqp/method-codec';
import { encodeHeaderPayload } from '../../../lib/amqp/properties';
import { scenario } from '../scenario';

scenario('channel-second-open', 'A second channel.open on the same channel.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('channel.open', 1);
});

scenario('channel-not-opened', 'A method on a channel that was never opened.', async (stage) => {
  const client = await stage.client();
  await client.ask('queue.declare', 1, { queue: 'early' });
});

scenario('channel-close-not-opened', 'channel.close on a channel that was never opened.', async (stage) => {
  const client = await stage.client();
  await client.ask('channel.close', 1, { replyCode: 200 });
});

scenario(
  'channel-after-error',
  'After an error the server ignores the channel until close-ok, and refuses it afterwards.',
  async (stage) => {
    const client = await stage.client();
    await client.open();
    client.wire.send('queue.declare', 1, { queue: 'none-1', passive: true });
    client.wire.send('queue.declare', 1, { queue: 'none-2', passive: true });
    client.publish(1, { exchange: 'nox', body: 'lost' });
    await client.reply();
    await client.open();
    await client.ask('channel.close', 1, { replyCode: 200 });
    await client.ask('queue.declare', 1, { queue: 'none-3', passive: true });
  },
);

scenario('channel-above-max', 'More channels than channel-max allows.', async (stage) => {
  const client = await stage.client({ tune: { channelMax: 3 } });
  await client.open(1);
  await client.open(2);
  await client.open(3);
  await client.open(4);
});

scenario('channel-number-above-max', 'A channel number above channel-max.', async (stage) => {
  const client = await stage.client({ tune: { channelMax: 3 } });
  await client.open(9);
});

scenario('channel-flow', 'channel.flow: on is granted, off is not implemented.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('channel.flow', 1, { active: true });
  await client.ask('channel.flow', 1, { active: false });
});

scenario('access-request', 'access.request, a remnant of AMQP 0-8.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('access.request', 1, { realm: '/data', active: true, read: true });
});

scenario('content-without-method', 'A body frame where a method belongs.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.sendFrame(frame(FRAME_BODY, 1, Buffer.from('hello')));
  await client.reply();
});

scenario('header-without-method', 'A content header where a method belongs.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.sendFrame(frame(FRAME_HEADER, 1, encodeHeaderPayload(5, {})));
  await client.reply();
});

scenario('method-instead-of-header', 'A method where a content header belongs.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.send('basic.publish', 1, { routingKey: 'nowhere' });
  await client.ask('queue.declare', 1, { queue: 'early' });
});

scenario('method-instead-of-body', 'A method where a content body belongs.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.send('basic.publish', 1, { routingKey: 'nowhere' });
  client.wire.sendFrame(frame(FRAME_HEADER, 1, encodeHeaderPayload(5, {})));
  await client.ask('queue.declare', 1, { queue: 'early' });
});

scenario('body-instead-of-header', 'A body frame where a content header belongs.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.send('basic.publish', 1, { routingKey: 'nowhere' });
  client.wire.sendFrame(frame(FRAME_BODY, 1, Buffer.from('hello')));
  await client.reply();
});

scenario('header-of-other-class', 'A content header of another class than its method.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.send('basic.publish', 1, { routingKey: 'nowhere' });
  const header = encodeHeaderPayload(0, {});
  header.writeUInt16BE(50, 0);
  client.wire.sendBytes(frame(FRAME_HEADER, 1, header));
  await client.reply();
});

scenario('body-longer-than-announced', 'More body than the header announced.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.send('basic.publish', 1, { routingKey: 'nowhere' });
  client.wire.sendFrame(frame(FRAME_HEADER, 1, encodeHeaderPayload(3, {})));
  client.wire.sendFrame(frame(FRAME_BODY, 1, Buffer.from('hello')));
  await client.ask('queue.declare', 1, { queue: 'early' });
});

scenario('body-in-pieces', 'A body of several frames, one of them empty.', async (stage) => {
  const client = await stage.client();
  await client.open();
  await client.ask('queue.declare', 1, { queue: 'w-pieces', exclusive: true });
  client.wire.send('basic.publish', 1, { routingKey: 'w-pieces' });
  client.wire.sendFrame(frame(FRAME_HEADER, 1, encodeHeaderPayload(10, {})));
  for (const piece of ['hello', '', ' you', '!']) client.wire.sendFrame(frame(FRAME_BODY, 1, Buffer.from(piece)));
  await client.ask('basic.get', 1, { queue: 'w-pieces', noAck: true });
});

scenario('channel-close-with-content-open', 'channel.close in the middle of a publish.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.send('basic.publish', 1, { routingKey: 'nowhere' });
  await client.ask('channel.close', 1, { replyCode: 200 });
});

scenario('frame-for-unopened-channel', 'A body frame for a channel that was never opened.', async (stage) => {
  const client = await stage.client();
  client.wire.sendFrame(frame(FRAME_BODY, 7, Buffer.from('hello')));
  await client.reply();
});

scenario('tx-without-select', 'tx.commit and tx.rollback on a channel that is not transactional.', async (stage) => {
  const client = await stage.client();
  await client.open(1);
  await client.ask('tx.commit', 1);
  await client.open(1);
  await client.ask('tx.rollback', 1);
});

scenario('tx-and-confirm', 'A channel is transactional or confirms, never both.', async (stage) => {
  const client = await stage.client();
  await client.open(1);
  await client.ask('tx.select', 1);
  await client.ask('tx.select', 1);
  await client.ask('confirm.select', 1);
  await client.open(1);
  await client.ask('confirm.select', 1);
  await client.ask('confirm.select', 1);
  await client.ask('tx.select', 1);
});

scenario('confirm-select-nowait', 'confirm.select with nowait is not answered.', async (stage) => {
  const client = await stage.client();
  await client.open();
  client.wire.send('confirm.select', 1, { nowait: true });
  client.publish(1, { routingKey: 'nowhere', body: 'm' });
  await client.reply();
});

scenario('method-frame-on-channel-65535', 'A method on the highest channel number.', async (stage) => {
  const client = await stage.client();
  client.wire.sendFrame(frame(FRAME_METHOD, 65535, Buffer.from([0, 20, 0, 10, 0])));
  await client.reply();
});
