/** Listens to the start of a connection until the client has said its name, then no more. For engines that trace themselves. */
import { FRAME_METHOD, PROTOCOL_HEADER } from '../amqp/constants';
import { FrameDecoder } from '../amqp/frame-decoder';
import { decodeMethod } from '../amqp/method-codec';
import type { RelayLine, RelayTap } from './relay-line';
import { introduction } from './wire-tap';

/** A client that has not introduced itself within so many octets never will. */
const PATIENCE_BYTES = 1 << 20;

export class NameTap implements RelayTap {
  private decoder: FrameDecoder | null = new FrameDecoder();
  private headerLeft = PROTOCOL_HEADER.length;
  private heard = 0;

  constructor(private readonly line: RelayLine) {}

  onBytes(from: 'client' | 'node', chunk: Buffer): void {
    if (this.decoder === null || from === 'node') return;
    this.heard += chunk.length;
    const skipped = Math.min(this.headerLeft, chunk.length);
    this.headerLeft -= skipped;
    try {
      this.decoder.feed(chunk.subarray(skipped), ({ type, payload }) => {
        const method = type === FRAME_METHOD ? decodeMethod(payload, 0, payload.length) : null;
        if (method?.name !== 'connection.start-ok') return;
        this.line.clientName = introduction(method.args).name;
        this.decoder = null;
      });
    } catch {
      this.decoder = null;
    }
    if (this.heard > PATIENCE_BYTES) this.decoder = null;
  }

  onEnd(): void {
    this.decoder = null;
  }
}
