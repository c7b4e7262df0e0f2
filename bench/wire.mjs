// Just enough of AMQP 0-9-1 to load a broker and to imitate one: encoders that build whole frames beforehand, and a
// reader that finds frames in a stream of chunks without allocating anything per frame.

/** Class id and method id as one 32-bit number, as they stand at the start of a method frame's payload. */
export const METHOD = {
  connectionStart: 0x000a000a,
  connectionStartOk: 0x000a000b,
  connectionTune: 0x000a001e,
  connectionTuneOk: 0x000a001f,
  connectionOpen: 0x000a0028,
  connectionOpenOk: 0x000a0029,
  connectionClose: 0x000a0032,
  connectionCloseOk: 0x000a0033,
  channelOpen: 0x0014000a,
  channelOpenOk: 0x0014000b,
  channelClose: 0x00140028,
  exchangeDeclare: 0x0028000a,
  exchangeDeclareOk: 0x0028000b,
  queueDeclare: 0x0032000a,
  queueDeclareOk: 0x0032000b,
  queueBind: 0x00320014,
  queueBindOk: 0x00320015,
  queueDelete: 0x00320028,
  queueDeleteOk: 0x00320029,
  basicQos: 0x003c000a,
  basicQosOk: 0x003c000b,
  basicConsume: 0x003c0014,
  basicConsumeOk: 0x003c0015,
  basicPublish: 0x003c0028,
  basicDeliver: 0x003c003c,
  basicAck: 0x003c0050,
  basicNack: 0x003c0078,
  confirmSelect: 0x0055000a,
  confirmSelectOk: 0x0055000b,
};

const NAMES = new Map(Object.entries(METHOD).map(([name, id]) => [id, name]));

export function methodName(id) {
  return NAMES.get(id) ?? `method ${id >>> 16}.${id & 0xffff}`;
}

export function uint8(value) {
  return Buffer.from([value]);
}

export function uint16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function uint64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export function shortString(text) {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint8(bytes.length), bytes]);
}

/** Also a table: its encoded fields are `bytes`. */
export function longString(bytes) {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

export const EMPTY_TABLE = uint32(0);

const METHOD_FRAME = 1;
const HEADER_FRAME = 2;
const BODY_FRAME = 3;
const FRAME_END = 0xce;
/** Type, channel, size before the payload. */
const FRAME_HEADER_SIZE = 7;

function frame(type, channel, payload) {
  return Buffer.concat([uint8(type), uint16(channel), uint32(payload.length), payload, uint8(FRAME_END)]);
}

export function methodFrame(channel, id, ...fields) {
  return frame(METHOD_FRAME, channel, Buffer.concat([uint32(id), ...fields]));
}

/** Header and body frames of a message whose only property is its delivery mode (1 transient, 2 persistent). */
export function contentFrames(channel, body, deliveryMode, frameMax) {
  const deliveryModePresent = 0x1000;
  const basicClass = 60;
  const header = [uint16(basicClass), uint16(0), uint64(body.length), uint16(deliveryModePresent), uint8(deliveryMode)];
  const frames = [frame(HEADER_FRAME, channel, Buffer.concat(header))];
  const bodyMax = frameMax - FRAME_HEADER_SIZE - 1;
  for (let at = 0; at < body.length; at += bodyMax) frames.push(frame(BODY_FRAME, channel, body.subarray(at, at + bodyMax)));
  return Buffer.concat(frames);
}

/** A whole basic.publish with its content. */
export function publishFrames(channel, exchange, routingKey, body, deliveryMode, frameMax) {
  const publish = methodFrame(channel, METHOD.basicPublish, uint16(0), shortString(exchange), shortString(routingKey), uint8(0));
  return Buffer.concat([publish, contentFrames(channel, body, deliveryMode, frameMax)]);
}

/**
 * Finds the frames in a stream. The handler's methods are called with positions in a buffer that is only valid during
 * the call:
 *   onMethod(id, buffer, start, end)   the arguments lie from start to end
 *   onBody(buffer, start, end)
 * Header and heartbeat frames are passed over. Throws if a frame does not end as it must.
 *
 * A frame cut by the end of a chunk is completed in a carry buffer that is as large as the frame's header demands, so
 * each byte is copied once at most, however small the chunks are.
 */
export class FrameReader {
  #handler;
  #carry = Buffer.allocUnsafe(4096);
  #carried = 0;

  constructor(handler) {
    this.#handler = handler;
  }

  /** Takes the bytes of `chunk` from `at` to `end`; the caller may reuse the chunk afterwards. */
  push(chunk, at = 0, end = chunk.length) {
    if (this.#carried > 0) at = this.#completeCarried(chunk, at, end);
    at = this.#scan(chunk, at, end);
    if (at < end) this.#carryOn(chunk, at, end);
  }

  /** Adds to the carried frame what belongs to it; returns the position behind that. */
  #completeCarried(chunk, at, end) {
    if (this.#carried < FRAME_HEADER_SIZE) {
      at = this.#carryOn(chunk, at, Math.min(end, at + FRAME_HEADER_SIZE - this.#carried));
      if (this.#carried < FRAME_HEADER_SIZE) return at;
    }
    const size = this.#carry.readUInt32BE(3) + FRAME_HEADER_SIZE + 1;
    at = this.#carryOn(chunk, at, Math.min(end, at + size - this.#carried), size);
    if (this.#carried === size) {
      this.#scan(this.#carry, 0, size);
      this.#carried = 0;
    }
    return at;
  }

  #carryOn(chunk, at, end, capacity = this.#carried + end - at) {
    if (capacity > this.#carry.length) {
      const larger = Buffer.allocUnsafe(capacity);
      this.#carry.copy(larger, 0, 0, this.#carried);
      this.#carry = larger;
    }
    chunk.copy(this.#carry, this.#carried, at, end);
    this.#carried += end - at;
    return end;
  }

  /** Hands over every whole frame; returns the position of the first one that is not whole. */
  #scan(buffer, at, end) {
    const handler = this.#handler;
    while (end - at >= FRAME_HEADER_SIZE) {
      const payload = at + FRAME_HEADER_SIZE;
      const last = payload + uint32At(buffer, at + 3);
      if (last >= end) break;
      if (buffer[last] !== FRAME_END) throw new Error(`a frame of type ${buffer[at]} does not end with 0xCE`);
      const type = buffer[at];
      if (type === METHOD_FRAME) handler.onMethod(uint32At(buffer, payload), buffer, payload + 4, last);
      else if (type === BODY_FRAME) handler.onBody(buffer, payload, last);
      at = last + 1;
    }
    return at;
  }
}

/** As `buffer.readUInt32BE(at)`, without its checks: this runs several times a message. */
export function uint32At(buffer, at) {
  return ((buffer[at] << 24) | (buffer[at + 1] << 16) | (buffer[at + 2] << 8) | buffer[at + 3]) >>> 0;
}
