// One AMQP connection with one channel, made for load: requests are awaited, deliveries and confirms only counted and
// passed to a callback. Whatever goes wrong ends up in `onFailure` with what the broker said about it.
import net from 'node:net';
import { EMPTY_TABLE, FrameReader, longString, METHOD, methodFrame, methodName, shortString } from './wire.mjs';
import { uint8, uint16, uint32, uint32At, uint64 } from './wire.mjs';

const CHANNEL = 1;
/** One system call reads as much as the broker wrote in a turn; the buffer is reused, so a run makes no garbage here. */
const READ_BUFFER_SIZE = 256 * 1024;

/** The arguments of a quorum queue. */
const QUORUM_TABLE = longString(
  Buffer.concat([shortString('x-queue-type'), Buffer.from('S'), longString(Buffer.from('quorum'))]),
);

export class Client {
  delivered = 0;
  frameMax = 131_072;
  /** Called with the delivery tag (its low 32 bits). */
  onDelivery = null;
  /** Called with the publish's number and whether all before it are meant too. */
  onConfirm = null;
  /** The same for publishes that the broker does not keep; without it, one such is a failure. */
  onRefusal = null;
  #socket;
  #onFailure;
  /** The reply that `call` waits for, and who is to get its arguments. */
  #awaited = 0;
  #resolve = null;
  #closing = false;

  /** Resolves with a client that has opened its channel, or only its connection. `onFailure(text)` may be called at any time. */
  static async connect(url, { onFailure, channel = true }) {
    const client = new Client(new URL(url), onFailure);
    await client.#handshake(new URL(url));
    if (channel) await client.call(METHOD.channelOpen, shortString(''));
    return client;
  }

  constructor(url, onFailure) {
    this.#onFailure = onFailure;
    const reader = new FrameReader(this);
    const onread = {
      buffer: Buffer.allocUnsafeSlow(READ_BUFFER_SIZE),
      callback: (length, buffer) => {
        try {
          reader.push(buffer, 0, length);
        } catch (error) {
          onFailure(error.message);
        }
        return true;
      },
    };
    this.#socket = net.connect({ host: url.hostname, port: Number(url.port || 5672), noDelay: true, onread });
    this.#socket.on('error', (error) => onFailure(`${url.host}: ${error.message}`));
    this.#socket.on('close', () => {
      if (!this.#closing) onFailure(`${url.host} closed the connection without saying why`);
    });
  }

  async #handshake(url) {
    this.#socket.write(Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'));
    await this.#reply(METHOD.connectionStart);
    const user = decodeURIComponent(url.username || 'guest');
    const password = decodeURIComponent(url.password || 'guest');
    // Asked for in this way, a broker that refuses the password says so instead of dropping the connection.
    const capability = Buffer.concat([shortString('authentication_failure_close'), Buffer.from('t'), uint8(1)]);
    const properties = Buffer.concat([shortString('capabilities'), Buffer.from('F'), longString(capability)]);
    const response = longString(Buffer.from(`\0${user}\0${password}`));
    this.#send(0, METHOD.connectionStartOk, longString(properties), shortString('PLAIN'), response, shortString('en_US'));
    const tune = await this.#reply(METHOD.connectionTune);
    // 0 means "no limit" in a broker's offer. Heartbeats are refused, whatever it offers: a loaded run has no timers.
    this.frameMax = Math.min(this.frameMax, tune.readUInt32BE(2) || this.frameMax);
    this.#send(0, METHOD.connectionTuneOk, uint16(tune.readUInt16BE(0)), uint32(this.frameMax), uint16(0));
    const vhost = decodeURIComponent(url.pathname.slice(1)) || '/';
    this.#send(0, METHOD.connectionOpen, shortString(vhost), shortString(''), uint8(0));
    await this.#reply(METHOD.connectionOpenOk);
  }

  /** Sends a method on the channel and resolves with the arguments of its `-ok`. One call at a time. */
  call(id, ...fields) {
    const reply = this.#reply(id + 1);
    this.#send(CHANNEL, id, ...fields);
    return reply;
  }

  /** A durable queue, or an auto-delete one. */
  declareQueue(name, { durable = false, quorum = false } = {}) {
    const table = quorum ? QUORUM_TABLE : EMPTY_TABLE;
    return this.call(METHOD.queueDeclare, uint16(0), shortString(name), uint8(durable ? 2 : 8), table);
  }

  /** How many messages the queue holds ready. */
  async countMessages(queue) {
    const passive = 1;
    const declared = await this.call(METHOD.queueDeclare, uint16(0), shortString(queue), uint8(passive), EMPTY_TABLE);
    const count = 1 + declared[0]; // behind the name
    return declared.readUInt32BE(count);
  }

  declareExchange(name, type) {
    const autoDelete = 4;
    return this.call(METHOD.exchangeDeclare, uint16(0), shortString(name), shortString(type), uint8(autoDelete), EMPTY_TABLE);
  }

  bind(queue, exchange, key) {
    const names = [shortString(queue), shortString(exchange), shortString(key)];
    return this.call(METHOD.queueBind, uint16(0), ...names, uint8(0), EMPTY_TABLE);
  }

  deleteQueue(name) {
    return this.call(METHOD.queueDelete, uint16(0), shortString(name), uint8(0));
  }

  consume(queue, { noAck }) {
    return this.call(METHOD.basicConsume, uint16(0), shortString(queue), shortString(''), uint8(noAck ? 2 : 0), EMPTY_TABLE);
  }

  prefetch(count) {
    return this.call(METHOD.basicQos, uint32(0), uint16(count), uint8(0));
  }

  confirmSelect() {
    return this.call(METHOD.confirmSelect, uint8(0));
  }

  ackUpTo(tag) {
    this.#send(CHANNEL, METHOD.basicAck, uint64(tag), uint8(1));
  }

  /** Writes frames made beforehand; false means that it is time to wait for `drained`. */
  write(frames) {
    return this.#socket.write(frames);
  }

  drained() {
    return new Promise((resolve) => this.#socket.once('drain', resolve));
  }

  close() {
    this.#closing = true;
    this.#socket.destroy();
  }

  // The two callbacks of the frame reader.
  onMethod(id, buffer, start, end) {
    switch (id) {
      case METHOD.basicDeliver: {
        this.delivered++;
        if (this.onDelivery !== null) this.onDelivery(uint32At(buffer, start + 1 + buffer[start] + 4));
        return;
      }
      case METHOD.basicAck:
        this.onConfirm(uint32At(buffer, start + 4), (buffer[start + 8] & 1) === 1);
        return;
      case METHOD.basicNack:
        if (this.onRefusal !== null) this.onRefusal(uint32At(buffer, start + 4), (buffer[start + 8] & 1) === 1);
        else this.#onFailure(`the broker refused publish ${uint32At(buffer, start + 4)} (basic.nack)`);
        return;
      case METHOD.connectionClose:
      case METHOD.channelClose: {
        const text = buffer.toString('utf8', start + 3, start + 3 + buffer[start + 2]);
        this.#onFailure(`the broker sent ${methodName(id)}: ${buffer.readUInt16BE(start)} ${text}`);
        return;
      }
      default:
        if (id !== this.#awaited) return;
        this.#awaited = 0;
        this.#resolve(Buffer.from(buffer.subarray(start, end)));
    }
  }

  onBody() {}

  #send(channel, id, ...fields) {
    this.#socket.write(methodFrame(channel, id, ...fields));
  }

  #reply(id) {
    this.#awaited = id;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
