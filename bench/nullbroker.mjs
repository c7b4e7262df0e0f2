// The floor of the machine: what any broker in Node costs at least. It answers the handshake and declarations, finds the
// frames of publishes one by one, and writes a delivery made beforehand for each, without routing, queues or memory of
// anything. Publishes to a fanout exchange go to every consumer, all others to the oldest one.
//
//   node bench/nullbroker.mjs PORT    (0: a free one; the port is printed when it listens)
import net from 'node:net';
import { contentFrames, EMPTY_TABLE, FrameReader, longString, METHOD, methodFrame, shortString } from './wire.mjs';
import { uint8, uint16, uint32, uint64 } from './wire.mjs';

const FRAME_MAX = 131_072;
const PROTOCOL_HEADER_SIZE = 8;

/** Oldest first; one entry for each basic.consume. */
let consumers = [];
let fanout = false;

class Connection {
  #socket;
  #reader = new FrameReader(this);
  #headerLeft = PROTOCOL_HEADER_SIZE;
  #published = 0;
  #confirmed = 0;
  #confirms = false;
  /** Of this chunk. */
  #bodies = 0;
  #bodySize = 0;

  constructor(socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      consumers = consumers.filter((consumer) => consumer !== socket);
      if (consumers.length === 0) fanout = false;
    });
  }

  #onData(chunk) {
    const skipped = Math.min(this.#headerLeft, chunk.length);
    this.#headerLeft -= skipped;
    if (skipped > 0 && this.#headerLeft === 0) {
      const offers = [longString(Buffer.from('PLAIN')), longString(Buffer.from('en_US'))];
      this.#send(0, METHOD.connectionStart, uint8(0), uint8(9), EMPTY_TABLE, ...offers);
    }
    this.#reader.push(chunk, skipped);
    if (this.#bodies === 0) return;
    const deliveries = deliveriesOf(this.#bodies, this.#bodySize);
    for (const consumer of fanout ? consumers : consumers.slice(0, 1)) this.#deliver(consumer, deliveries);
    this.#published += this.#bodies;
    this.#bodies = 0;
    if (this.#confirms && this.#published > this.#confirmed) {
      this.#confirmed = this.#published;
      this.#send(1, METHOD.basicAck, uint64(this.#published), uint8(1));
    }
  }

  /** A publisher is read no faster than its consumers read. */
  #deliver(consumer, deliveries) {
    if (consumer.write(deliveries) || this.#socket.isPaused()) return;
    this.#socket.pause();
    consumer.once('drain', () => this.#socket.resume());
  }

  onBody(_buffer, start, end) {
    this.#bodies++;
    this.#bodySize = end - start;
  }

  onMethod(id, buffer, start) {
    switch (id) {
      case METHOD.basicPublish:
      case METHOD.basicAck:
      case METHOD.connectionTuneOk:
        return;
      case METHOD.connectionStartOk:
        return this.#send(0, METHOD.connectionTune, uint16(2047), uint32(FRAME_MAX), uint16(0));
      case METHOD.connectionOpen:
        return this.#send(0, METHOD.connectionOpenOk, shortString(''));
      case METHOD.channelOpen:
        return this.#send(1, METHOD.channelOpenOk, uint32(0));
      case METHOD.exchangeDeclare: {
        const type = start + 2 + 1 + buffer[start + 2];
        fanout = buffer.toString('latin1', type + 1, type + 1 + buffer[type]) === 'fanout';
        return this.#send(1, METHOD.exchangeDeclareOk);
      }
      case METHOD.queueDeclare:
        return this.#send(1, METHOD.queueDeclareOk, shortString('q'), uint32(0), uint32(0));
      case METHOD.queueDelete:
        return this.#send(1, METHOD.queueDeleteOk, uint32(0));
      case METHOD.basicConsume:
        consumers.push(this.#socket);
        return this.#send(1, METHOD.basicConsumeOk, shortString('t'));
      case METHOD.confirmSelect:
        this.#confirms = true;
        return this.#send(1, METHOD.confirmSelectOk);
      default:
        return this.#send(1, id + 1);
    }
  }

  #send(channel, id, ...fields) {
    this.#socket.write(methodFrame(channel, id, ...fields));
  }
}

/** The delivery for a body size, made when it is first seen. Its tag is always 1: nobody here keeps account of tags. */
const known = new Map();
function deliveriesOf(count, bodySize) {
  let one = known.get(bodySize);
  if (one === undefined) {
    const deliver = methodFrame(1, METHOD.basicDeliver, shortString('t'), uint64(1), uint8(0), shortString(''), shortString('q'));
    one = Buffer.concat([deliver, contentFrames(1, Buffer.alloc(bodySize, 'x'), 1, FRAME_MAX)]);
    known.set(bodySize, one);
  }
  const deliveries = Buffer.allocUnsafeSlow(count * one.length);
  for (let i = 0; i < count; i++) one.copy(deliveries, i * one.length);
  return deliveries;
}

const server = net.createServer((socket) => new Connection(socket));
server.listen(Number(process.argv[2] ?? 5672), '127.0.0.1', () => console.log(server.address().port));
