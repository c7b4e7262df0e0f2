import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { FRAME_BODY, PROTOCOL_HEADER } from '../../../lib/amqp/constants';
import { encodeMethod, frame } from '../../../lib/amqp/method-codec';
import { WayToBroker } from '../../../lib/grading/run/wire-line';

/** A frame that the line passes on, and so many of them that they do not fit into all the sockets on the way. */
const FRAME = frame(FRAME_BODY, 1, Buffer.alloc(100_000));
const FRAMES = 200;

async function listening(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

function turns(count: number): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number): void => void (left === 0 ? resolve() : setImmediate(() => next(left - 1)));
    next(count);
  });
}

describe('a line that is cut', () => {
  it('lets the broker read what was passed on before, also one that is writing and reads late', async () => {
    const broker = net.createServer({ pauseOnConnect: true, allowHalfOpen: true });
    const port = await listening(broker);
    const inside = net.createServer();
    const insidePort = await listening(inside);
    const acks = [1, 2, 3].map((deliveryTag) => encodeMethod(1, 'basic.ack', { deliveryTag, multiple: false }));
    let markCut = (): void => undefined;
    const cut = new Promise<void>((resolve) => {
      markCut = resolve;
    });
    const way = new WayToBroker({
      upstream: () => ({ host: '127.0.0.1', port }),
      newConnection: () => 1,
      record: (_connection, { method, args }, cutHere) => {
        if (method !== 'basic.ack' || args.deliveryTag !== 2) return;
        cutHere();
        markCut();
      },
    });
    way.open(inside);
    const program = net.connect(insidePort, '127.0.0.1').pause();
    program.on('error', () => undefined);
    const [socket] = (await once(broker, 'connection')) as [net.Socket];
    socket.on('error', () => undefined);
    for (let i = 0; i < FRAMES; i++) socket.write(FRAME);
    for (let waiting = -1; waiting !== socket.writableLength; await turns(200)) waiting = socket.writableLength;
    assert.ok(socket.writableLength > 0);

    program.write(Buffer.concat([Buffer.from(PROTOCOL_HEADER), ...acks]));
    await cut;
    const over = Promise.race([once(socket, 'end'), once(socket, 'close')]);
    for (let i = 0; i < 20; i++) {
      socket.write('more');
      await turns(1);
    }
    const read: Buffer[] = [];
    socket.on('data', (chunk) => read.push(chunk));
    socket.resume();
    await over;
    socket.destroy();
    program.destroy();
    await way.close();
    broker.close();
    assert.deepEqual(Buffer.concat(read), Buffer.concat([Buffer.from(PROTOCOL_HEADER), acks[0] as Buffer]));
  });
});
