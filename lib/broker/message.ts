/**
 * A message as the broker holds it: the header frame and the body frames as they came from the publisher, passed on as they
 * are. Only the channel number in each frame changes on the way out.
 *
 * During the turn in which it arrives, a message lies in the receive buffer. `keep` copies it into a slab before anything
 * holds on to it, so that one small message cannot pin a 64 KiB receive buffer.
 */
import { FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_OVERHEAD } from '../amqp/constants';
import { uint16At, uint32At } from '../amqp/octets';
import { encodeHeaderPayload, HEADER_FIXED_SIZE, readProperties, type Properties } from '../amqp/properties';
import { copyOctets } from '../world/copy-octets';
import { Destination } from './destination';
import { TRANSIENT, type Traits } from './traits';

const SLAB_SIZE = 65536;
/** A message larger than this gets a buffer of its own. */
const SLAB_MESSAGE_MAX = 8192;

const NO_CONTENT = Buffer.alloc(0);
const NOWHERE = Destination.of('', '');

let slab = Buffer.allocUnsafeSlow(SLAB_SIZE);
let slabUsed = 0;

export class Message {
  /**
   * @param content holds the frames
   * @param at offset of the header frame
   * @param size octets of all frames together
   * @param id number in the trace, 0 if nobody listened when it was published
   */
  constructor(
    public content: Buffer,
    public at: number,
    public size: number,
    public destination: Destination,
    public traits: Traits,
    public id: number,
  ) {}

  /** Octets of the body. */
  get bodySize(): number {
    const o = this.at + 11;
    return uint32At(this.content, o) * 0x100000000 + uint32At(this.content, o + 4);
  }

  /** This message with bytes of its own; call it before holding on to a message beyond the turn. */
  keep(): Message {
    return this;
  }

  /** Octets of the header frame. */
  get headerSize(): number {
    return uint32At(this.content, this.at + 3) + FRAME_OVERHEAD;
  }

  /** True if there is at most one body frame. */
  get whole(): boolean {
    const headerSize = this.headerSize;
    const rest = this.size - headerSize;
    return rest === 0 || uint32At(this.content, this.at + headerSize + 3) + FRAME_OVERHEAD === rest;
  }

  /** Decodes the properties anew at each call. */
  properties(): Properties {
    const o = this.at + 7;
    return readProperties(this.content, uint16At(this.content, o + 12), o + HEADER_FIXED_SIZE, this.at + this.headerSize - 1);
  }

  /** The body in one piece (a copy). */
  body(): Buffer {
    const parts: Buffer[] = [];
    const end = this.at + this.size;
    for (let o = this.at + this.headerSize; o < end; ) {
      const length = uint32At(this.content, o + 3);
      parts.push(this.content.subarray(o + 7, o + 7 + length));
      o += length + FRAME_OVERHEAD;
    }
    return Buffer.concat(parts);
  }

  /** The same body under another header and destination; `properties` replaces the whole property list. */
  readdressed(destination: Destination, properties: Properties, traits: Traits): Message {
    const headerSize = this.headerSize;
    const payload = encodeHeaderPayload(this.bodySize, properties);
    const size = payload.length + FRAME_OVERHEAD + this.size - headerSize;
    const content = Buffer.allocUnsafeSlow(size);
    writeFrame(content, 0, FRAME_HEADER, payload);
    this.content.copy(content, payload.length + FRAME_OVERHEAD, this.at + headerSize, this.at + this.size);
    return new Message(content, 0, size, destination, traits, this.id);
  }
}

/**
 * The message that a connection is receiving now: one object, filled anew for each publish. Invariant: nothing refers to it
 * after the publish was handled; whoever wants the message calls `keep`, and all who do share one copy.
 */
export class Arrival extends Message {
  private kept: Message | null = null;

  constructor() {
    super(NO_CONTENT, 0, 0, NOWHERE, TRANSIENT, 0);
  }

  fill(content: Buffer, at: number, size: number, destination: Destination, traits: Traits, id: number): void {
    this.content = content;
    this.at = at;
    this.size = size;
    this.destination = destination;
    this.traits = traits;
    this.id = id;
    this.kept = null;
  }

  /** Lets go of the receive buffer. */
  clear(): void {
    this.fill(NO_CONTENT, 0, 0, NOWHERE, TRANSIENT, 0);
  }

  override keep(): Message {
    this.kept ??= this.copy();
    return this.kept;
  }

  private copy(): Message {
    const { content, at, size } = this;
    if (size > SLAB_MESSAGE_MAX) {
      const own = Buffer.allocUnsafeSlow(size);
      content.copy(own, 0, at, at + size);
      return new Message(own, 0, size, this.destination, this.traits, this.id);
    }
    if (slabUsed + size > SLAB_SIZE) {
      slab = Buffer.allocUnsafeSlow(SLAB_SIZE);
      slabUsed = 0;
    }
    const to = slabUsed;
    slabUsed = to + size;
    copyOctets(content, at, slab, to, size);
    return new Message(slab, to, size, this.destination, this.traits, this.id);
  }
}

/**
 * A message from parts, for publishes that did not arrive in one piece. However the publisher cut the body, its frames are
 * made anew, each as large as `frameMax` allows.
 */
export function buildMessage(
  header: Buffer,
  bodies: readonly Buffer[],
  frameMax: number,
  destination: Destination,
  traits: Traits,
  id: number,
): Message {
  const body = bodies.length === 1 ? (bodies[0] as Buffer) : Buffer.concat(bodies);
  const piece = frameMax - FRAME_OVERHEAD;
  const frames = Math.ceil(body.length / piece);
  const size = header.length + FRAME_OVERHEAD + body.length + frames * FRAME_OVERHEAD;
  const content = Buffer.allocUnsafeSlow(size);
  let o = writeFrame(content, 0, FRAME_HEADER, header);
  for (let from = 0; from < body.length; from += piece) {
    o = writeFrame(content, o, FRAME_BODY, body.subarray(from, from + piece));
  }
  return new Message(content, 0, size, destination, traits, id);
}

function writeFrame(out: Buffer, at: number, type: number, payload: Buffer): number {
  out[at] = type;
  out[at + 1] = 0;
  out[at + 2] = 0;
  out.writeUInt32BE(payload.length, at + 3);
  payload.copy(out, at + 7);
  out[at + 7 + payload.length] = FRAME_END;
  return at + payload.length + FRAME_OVERHEAD;
}
