/**
 * Messages onto the wire: a method frame of its own, then header and body frames as they came, with the channel number changed.
 * Bodies are cut anew only for a peer whose frame-max is another than the publisher's.
 */
import { FRAME_BODY, FRAME_END, FRAME_METHOD, FRAME_OVERHEAD } from '../amqp/constants';
import { uint32At } from '../amqp/octets';
import { copyOctets } from '../world/copy-octets';
import type { Link } from '../world/world';
import type { Message } from './message';

/** Copies the frames of `message` into `out` at `at`; the caller reserved `message.size` octets. */
export function copyContent(out: Buffer, at: number, message: Message, channel: number): void {
  copyOctets(message.content, message.at, out, at, message.size);
  const high = channel >> 8;
  const low = channel & 0xff;
  const end = at + message.size;
  for (let o = at; o < end; ) {
    out[o + 1] = high;
    out[o + 2] = low;
    o += uint32At(out, o + 3) + FRAME_OVERHEAD;
  }
}

/** Method frame `prefix` + destination + `suffix`, then the content. For everything that carries a message and is not hot. */
export function writeWithContent(link: Link, channel: number, method: Buffer, message: Message, frameMax: number): void {
  const at = link.reserve(method.length + FRAME_OVERHEAD);
  const { out } = link;
  out[at] = FRAME_METHOD;
  out.writeUInt16BE(channel, at + 1);
  out.writeUInt32BE(method.length, at + 3);
  method.copy(out, at + 7);
  out[at + 7 + method.length] = FRAME_END;
  writeContent(link, channel, message, frameMax);
}

/** Header and body frames, cut to `frameMax` where they are larger. */
export function writeContent(link: Link, channel: number, message: Message, frameMax: number): void {
  if (cutFor(message, frameMax)) {
    const at = link.reserve(message.size);
    copyContent(link.out, at, message, channel);
    return;
  }
  const headerSize = message.headerSize;
  const at = link.reserve(headerSize);
  message.content.copy(link.out, at, message.at, message.at + headerSize);
  link.out.writeUInt16BE(channel, at + 1);
  const body = message.body();
  const piece = frameMax - FRAME_OVERHEAD;
  for (let from = 0; from < body.length; from += piece) {
    const size = Math.min(piece, body.length - from);
    const o = link.reserve(size + FRAME_OVERHEAD);
    const { out } = link;
    out[o] = FRAME_BODY;
    out.writeUInt16BE(channel, o + 1);
    out.writeUInt32BE(size, o + 3);
    body.copy(out, o + 7, from, from + size);
    out[o + 7 + size] = FRAME_END;
  }
}

/** True if the body is cut as it would be for this frame-max: in one frame, or in frames that are as large as they may be. */
function cutFor(message: Message, frameMax: number): boolean {
  const headerSize = message.headerSize;
  if (message.size === headerSize) return true;
  const first = uint32At(message.content, message.at + headerSize + 3) + FRAME_OVERHEAD;
  return first === frameMax || (first < frameMax && message.whole);
}
