/** Clients that mean harm, each alone: what they get, what the broker holds because of them, and that nobody else notices. */
import assert from 'node:assert/strict';
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD, PROTOCOL_HEADER } from '../../lib/amqp/constants';
import { field, tableOf, type FieldTable } from '../../lib/amqp/field-table';
import { FrameDecoder } from '../../lib/amqp/frame-decoder';
import { decodeMethod, encodeMethod, frame } from '../../lib/amqp/method-codec';
import type { Method } from '../../lib/amqp/methods';
import { encodeHeaderPayload } from '../../lib/amqp/properties';
import { createBroker, type Broker } from '../../lib/broker/broker';
import { SeededRandom } from '../../lib/world/random';
import { FuzzWorld, type FuzzLink } from './fuzz-world';

class Client {
  readonly link: FuzzLink;
  readonly seen: Method[] = [];
  private readonly decoder = new FrameDecoder();

  constructor(
    private readonly world: FuzzWorld,
    port: number,
  ) {
    this.link = world.net.connect(port);
  }

  send(...parts: Buffer[]): void {
    this.link.handler?.onBytes(Buffer.concat(parts));
    this.world.turn.end();
    if (!this.link.stuck) this.read();
  }

  read(): void {
    this.decoder.feed(this.link.take(), ({ type, payload }) => {
      const method = type === FRAME_METHOD ? decodeMethod(payload, 0, payload.length) : null;
      if (method !== null) this.seen.push(method);
    });
  }

  open(frameMax = 131072): this {
    const clientProperties = tableOf({ capabilities: { authentication_failure_close: true } });
    this.send(Buffer.from(PROTOCOL_HEADER));
    const response = Buffer.from('\0guest\0guest');
    this.send(encodeMethod(0, 'connection.start-ok', { clientProperties, mechanism: 'PLAIN', response, locale: 'en_US' }));
    this.send(encodeMethod(0, 'connection.tune-ok', { channelMax: 10, frameMax, heartbeat: 0 }));
    this.send(encodeMethod(0, 'connection.open', { virtualHost: '/', capabilities: '', insist: false }));
    this.send(encodeMethod(1, 'channel.open', { outOfBand: '' }));
    return this;
  }

  get last(): Method | undefined {
    return this.seen.at(-1);
  }

  /** Reply code of the close that came last. */
  get closedWith(): number | undefined {
    const { last } = this;
    return last?.name === 'channel.close' || last?.name === 'connection.close' ? last.args.replyCode : undefined;
  }
}

function declare(queue: string, args: FieldTable = new Map(), nowait = true): Buffer {
  const flags = { passive: false, durable: false, exclusive: false, autoDelete: false };
  return encodeMethod(1, 'queue.declare', { ticket: 0, queue, ...flags, nowait, arguments: args });
}

function publish(queue: string, body: Buffer): Buffer {
  const method = encodeMethod(1, 'basic.publish', {
    ticket: 0,
    exchange: '',
    routingKey: queue,
    mandatory: false,
    immediate: false,
  });
  return Buffer.concat([method, frame(FRAME_HEADER, 1, encodeHeaderPayload(body.length, {})), frame(FRAME_BODY, 1, body)]);
}

function consume(queue: string): Buffer {
  const flags = { noLocal: false, noAck: true, exclusive: false, nowait: true };
  return encodeMethod(1, 'basic.consume', { ticket: 0, queue, consumerTag: '', ...flags, arguments: new Map() });
}

describe('hostile clients', function () {
  // What they send is counted in hundreds of thousands, and the machine may be busy with other tests.
  this.timeout(120_000);

  let world: FuzzWorld;
  let broker: Broker;

  beforeEach(() => {
    world = new FuzzWorld(new SeededRandom(1));
    broker = createBroker(world, { nodeName: 'hostile' });
    broker.listen({ host: '127.0.0.1', port: 5672 }, () => undefined);
  });

  afterEach(() => {
    assert.deepEqual(world.errors, []);
    const other = new Client(world, 62000).open();
    other.send(declare('other', new Map(), false), publish('other', Buffer.from('hi')));
    other.send(encodeMethod(1, 'basic.get', { ticket: 0, queue: 'other', noAck: true }));
    assert.equal(other.last?.name, 'basic.get-ok', 'another client is served as ever');
  });

  it('that connect and say nothing, or one octet a second, are cut off after the handshake time-out', () => {
    const silent = new Client(world, 1);
    const slow = new Client(world, 2);
    for (let second = 0; second < 11; second++) {
      const octet = PROTOCOL_HEADER[second];
      if (octet !== undefined && second < 7) slow.send(Buffer.from([octet]));
      world.clock.advance(1000);
    }
    assert.ok(silent.link.ended);
    assert.ok(slow.link.ended);
  });

  it('that announce a frame of four gigabytes are refused before a byte of it is kept', () => {
    const client = new Client(world, 1).open();
    client.send(Buffer.from([FRAME_METHOD, 0, 1, 0xff, 0xff, 0xff, 0xf0]));
    assert.equal(client.last?.name, 'connection.close');
    assert.equal(client.closedWith, 501);
  });

  it('that announce a body above the limit are refused at the header', () => {
    const client = new Client(world, 1).open();
    const method = encodeMethod(1, 'basic.publish', {
      ticket: 0,
      exchange: '',
      routingKey: 'q',
      mandatory: false,
      immediate: false,
    });
    client.send(method, frame(FRAME_HEADER, 1, encodeHeaderPayload(2 ** 40, {})));
    assert.equal(client.last?.name, 'channel.close');
    assert.equal(client.closedWith, 406);
  });

  it('that nest tables thousands deep get a syntax error', () => {
    const client = new Client(world, 1).open();
    // Each level: name "t", type F, length of what it holds; written from the inside out without recursion.
    let table = Buffer.from([0, 0, 0, 0]);
    for (let depth = 0; depth < 5000; depth++) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(table.length + 3);
      table = Buffer.concat([length, Buffer.from([1, 0x74, 0x46]), table]);
    }
    const good = declare('q', new Map([['t', field.table(new Map())]]));
    const head = good.subarray(7, good.length - 1 - 11);
    client.send(frame(FRAME_METHOD, 1, Buffer.concat([head, table])));
    assert.equal(client.last?.name, 'connection.close');
    assert.equal(client.closedWith, 502);
  });

  it('that consume and never read hold a bounded amount of output, and their queue keeps the rest', () => {
    const lazy = new Client(world, 1).open();
    lazy.send(declare('lazy'), consume('lazy'));
    lazy.link.stuck = true;
    const busy = new Client(world, 2).open();
    const batch = Buffer.concat(Array.from({ length: 100 }, () => publish('lazy', Buffer.alloc(1000))));
    for (let i = 0; i < 100; i++) {
      busy.send(batch);
      world.clock.advance(100);
    }
    assert.ok(lazy.link.pendingBytes < 4 << 20, `${lazy.link.pendingBytes} octets wait for a client that does not read`);
    const ready = broker.snapshot('/', 0).queues.find(({ name }) => name === 'lazy')?.ready ?? 0;
    assert.ok(ready > 5000 && ready < 10000, `${ready} messages are ready`);
    lazy.link.stuck = false;
    lazy.read();
    lazy.link.handler?.onDrain();
    for (let i = 0; i < 20; i++) {
      world.turn.end();
      lazy.read();
      lazy.link.handler?.onDrain();
    }
    assert.equal(lazy.seen.filter(({ name }) => name === 'basic.deliver').length, 10000, 'nothing was lost');
  });

  it('that ask and never read the answers are not read any more', () => {
    const client = new Client(world, 1).open();
    client.send(declare('q'));
    client.link.stuck = true;
    const asks = Buffer.concat(Array.from({ length: 5000 }, () => declare('q', new Map(), false)));
    for (let i = 0; i < 200 && !client.link.paused; i++) client.send(asks);
    assert.ok(client.link.paused);
    assert.ok(client.link.pendingBytes < 16 << 20);
  });

  it('that declare two hundred thousand queues get them, and lose them with their connection', () => {
    const client = new Client(world, 1).open();
    const exclusive = (i: number): Buffer => {
      const flags = { passive: false, durable: false, exclusive: true, autoDelete: false, nowait: true };
      return encodeMethod(1, 'queue.declare', { ticket: 0, queue: `q${i}`, ...flags, arguments: new Map() });
    };
    for (let i = 0; i < 200; i++) client.send(...Array.from({ length: 1000 }, (_, j) => exclusive(i * 1000 + j)));
    assert.equal(broker.snapshot('/', 0).queues.length, 200000);
    client.link.close();
    assert.equal(broker.snapshot('/', 0).queues.length, 0);
  });
});
