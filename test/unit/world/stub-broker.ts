/**
 * Just enough of an AMQP 0-9-1 broker for amqplib to open a connection, declare a queue, publish and consume: what is
 * published on a channel is delivered to that channel's consumer. On the World's ports only, like the real one.
 */
import type { Address, Link, LinkHandler, Timer, World } from '../../../lib/world/world';

const HEADER_BYTES = 8;
const FRAME_END = 0xce;
const METHOD = 1;
const HEARTBEAT = 8;

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function short(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
}

function long(text: string): Buffer {
  return Buffer.concat([u32(text.length), Buffer.from(text)]);
}

export interface StubBroker {
  readonly address: Address;
  readonly published: string[];
  readonly connections: Set<StubConnection>;
  readonly closings: (Error | null)[];
  heartbeatsReceived: number;
}

/** Listens on port 5672 of the host. `heartbeatSeconds` is what it proposes; a peer silent for twice that is cut off. */
export function startStubBroker(world: World, heartbeatSeconds = 60): StubBroker {
  const broker: StubBroker = {
    address: { host: '0.0.0.0', port: 5672 },
    published: [],
    connections: new Set(),
    closings: [],
    heartbeatsReceived: 0,
  };
  world.net.listen(
    broker.address,
    (link) => new StubConnection(world, link, broker, heartbeatSeconds),
    (error) => {
      if (error !== null) throw error;
    },
  );
  return broker;
}

export class StubConnection implements LinkHandler {
  private input: Buffer = Buffer.alloc(0);
  private headerSeen = false;
  private readonly consumers = new Set<number>();
  private deliveryTag = 0;
  private contentHeader: Buffer = Buffer.alloc(0);
  private lastHeard: number;
  private readonly beat: Timer[] = [];

  constructor(
    private readonly world: World,
    readonly link: Link,
    private readonly broker: StubBroker,
    private readonly heartbeatSeconds: number,
  ) {
    this.lastHeard = world.clock.now();
    broker.connections.add(this);
    this.beatOn();
  }

  onBytes(chunk: Buffer): void {
    this.lastHeard = this.world.clock.now();
    this.input = Buffer.concat([this.input, chunk]);
    if (!this.headerSeen) {
      if (this.input.length < HEADER_BYTES) return;
      this.headerSeen = true;
      this.input = this.input.subarray(HEADER_BYTES);
      this.method(0, 10, 10, Buffer.from([0, 9]), u32(0), long('PLAIN'), long('en_US'));
    }
    while (this.input.length >= 8) {
      const size = this.input.readUInt32BE(3);
      if (this.input.length < size + 8) return;
      const frame = this.input.subarray(0, size + 8);
      this.input = this.input.subarray(size + 8);
      if (frame[size + 7] !== FRAME_END) throw new Error('frame end is missing: the stream is damaged');
      this.frameArrived(frame[0] as number, frame.readUInt16BE(1), frame.subarray(7, 7 + size));
    }
  }

  onDrain(): void {}

  onClose(error: Error | null): void {
    this.broker.connections.delete(this);
    this.broker.closings.push(error);
    for (const timer of this.beat) timer.cancel();
  }

  private frameArrived(type: number, channel: number, payload: Buffer): void {
    if (type === METHOD) this.methodArrived(channel, payload.readUInt16BE(0), payload.readUInt16BE(2), payload);
    else if (type === HEARTBEAT) this.broker.heartbeatsReceived++;
    else if (type === 2) this.contentHeader = Buffer.from(payload);
    else this.bodyArrived(channel, payload);
  }

  private bodyArrived(channel: number, body: Buffer): void {
    this.broker.published.push(body.toString());
    if (!this.consumers.has(channel)) return;
    this.method(channel, 60, 60, short('tag'), u32(0), u32(++this.deliveryTag), Buffer.from([0]), short(''), short('q'));
    this.frame(2, channel, this.contentHeader);
    this.frame(3, channel, body);
  }

  private methodArrived(channel: number, cls: number, id: number, payload: Buffer): void {
    const reply = (...fields: Buffer[]): void => this.method(channel, cls, id + 1, ...fields);
    const answers: Record<string, () => void> = {
      '10.11': () => this.method(0, 10, 30, u16(2047), u32(131_072), u16(this.heartbeatSeconds)),
      '10.31': () => undefined,
      '10.40': () => reply(short('')),
      '10.50': () => {
        reply();
        this.link.end();
      },
      '20.10': () => reply(u32(0)),
      '50.10': () => reply(short('q'), u32(0), u32(0)),
      '60.20': () => {
        this.consumers.add(channel);
        reply(short('tag'));
      },
      '60.40': () => undefined,
      '60.80': () => undefined,
    };
    const answer = answers[`${cls}.${id}`];
    if (answer === undefined) throw new Error(`the stub broker does not know ${cls}.${id} (${payload.length} bytes)`);
    answer();
  }

  private beatOn(): void {
    const halfMs = this.heartbeatSeconds * 500;
    if (halfMs === 0) return;
    this.beat[0] = this.world.clock.after(halfMs, () => {
      if (this.world.clock.now() - this.lastHeard > 4 * halfMs) return this.link.abort();
      if (this.headerSeen) this.frame(HEARTBEAT, 0, Buffer.alloc(0));
      this.beatOn();
    });
  }

  private method(channel: number, cls: number, id: number, ...fields: Buffer[]): void {
    this.frame(METHOD, channel, Buffer.concat([u16(cls), u16(id), ...fields]));
  }

  private frame(type: number, channel: number, payload: Buffer): void {
    const at = this.link.reserve(payload.length + 8);
    const out = this.link.out;
    out[at] = type;
    out.writeUInt16BE(channel, at + 1);
    out.writeUInt32BE(payload.length, at + 3);
    payload.copy(out, at + 7);
    out[at + 7 + payload.length] = FRAME_END;
  }
}
