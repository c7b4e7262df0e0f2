/**
 * Messages between nodes on a byte stream: four octets for the size of what follows, four for the size of the head, the head
 * as JSON, then the body as it is.
 */
import type { Link } from '../../world/world';

/** What nodes say to each other; `type` tells who it is for. */
export interface PeerMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

const SIZES = 8;
/** Octets. A message that claims to be longer is none: the peer speaks another language. */
const LONGEST = 256 << 20;
/** Octets of a message from somebody who has not proved who he is: a stranger is not to fill memory. */
const LONGEST_OF_STRANGERS = 4096;
export const NO_BODY = Buffer.alloc(0);

/** By type: heads of messages without any fields, whose bodies say everything; these are most of what busy nodes say. */
const bareHeads = new Map<string, Buffer>();

function isBare(message: PeerMessage): boolean {
  for (const field in message) if (field !== 'type') return false;
  return true;
}

function bareHead(message: PeerMessage): Buffer {
  const known = bareHeads.get(message.type);
  if (known !== undefined) return known;
  const head = Buffer.from(JSON.stringify(message), 'utf8');
  bareHeads.set(message.type, head);
  return head;
}

export function writePeerMessage(link: Link, message: PeerMessage, body: Buffer = NO_BODY): void {
  if (isBare(message)) {
    const head = bareHead(message);
    const at = startMessage(link, head.length, body);
    head.copy(link.out, at);
    return;
  }
  const head = JSON.stringify(message);
  const size = Buffer.byteLength(head, 'utf8');
  const at = startMessage(link, size, body);
  link.out.write(head, at, size, 'utf8');
}

/** Writes all but the head, of which `size` octets come where this says. */
function startMessage(link: Link, size: number, body: Buffer): number {
  const at = link.reserve(SIZES + size + body.length);
  const { out } = link;
  out.writeUInt32BE(4 + size + body.length, at);
  out.writeUInt32BE(size, at + 4);
  if (body.length > 0) body.copy(out, at + SIZES + size);
  return at + SIZES;
}

export class PeerFrameReader {
  /** Copies of what came and is no whole message yet. */
  private parts: Buffer[] = [];
  private held = 0;
  /** Octets that must be there before it is worth looking again. */
  private needed = 4;
  private longest = LONGEST_OF_STRANGERS;
  /** The last message without any fields, and its head. */
  private bare: PeerMessage | null = null;
  private bareHead = NO_BODY;

  /** `body` is a copy; a message is not, it may come again. */
  constructor(private readonly onMessage: (message: PeerMessage, body: Buffer) => void) {}

  /** The peer is known: what it says from now on, also in the chunk that is being read, may be long. */
  trust(): void {
    this.longest = LONGEST;
  }

  /** Throws if the octets are no messages. */
  read(chunk: Buffer): void {
    if (this.held + chunk.length < this.needed) {
      this.hold(chunk);
      return;
    }
    const bytes = this.held === 0 ? chunk : Buffer.concat([...this.parts, chunk], this.held + chunk.length);
    this.parts = [];
    this.held = 0;
    const rest = this.messages(bytes);
    if (rest < bytes.length) this.hold(bytes.subarray(rest));
  }

  /** The chunk belongs to the link once the turn is over. */
  private hold(chunk: Buffer): void {
    this.parts.push(Buffer.from(chunk));
    this.held += chunk.length;
  }

  /** Where the first message begins that is not whole. */
  private messages(bytes: Buffer): number {
    let o = 0;
    for (;;) {
      this.needed = 4;
      if (bytes.length - o < 4) return o;
      const size = bytes.readUInt32BE(o);
      if (size < 4 || size > this.longest) throw new Error(`a message of ${size} octets`);
      this.needed = 4 + size;
      if (bytes.length - o < this.needed) return o;
      const end = o + this.needed;
      const bodyAt = o + SIZES + bytes.readUInt32BE(o + 4);
      if (bodyAt > end) throw new Error(`a head longer than its message of ${size} octets`);
      const message = this.message(bytes, o + SIZES, bodyAt);
      this.onMessage(message, bodyAt === end ? NO_BODY : Buffer.from(bytes.subarray(bodyAt, end)));
      o = end;
    }
  }

  private message(bytes: Buffer, from: number, end: number): PeerMessage {
    const { bare, bareHead } = this;
    if (bare !== null && end - from === bareHead.length && bytes.compare(bareHead, 0, bareHead.length, from, end) === 0)
      return bare;
    const message = JSON.parse(bytes.toString('utf8', from, end)) as PeerMessage;
    if (isBare(message)) {
      this.bare = message;
      this.bareHead = Buffer.from(bytes.subarray(from, end));
    }
    return message;
  }
}
