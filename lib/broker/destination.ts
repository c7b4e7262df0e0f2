/**
 * Where a message was sent: exchange and routing key, with the octets that stand for both in publish and deliver methods (two
 * short strings). A publisher with a new key for each message makes one of these a message, so the octets lie in a shared
 * arena instead of a Buffer of their own.
 */
import { copyOctets } from '../world/copy-octets';

const ARENA_SIZE = 65536;

let arena = Buffer.allocUnsafeSlow(ARENA_SIZE);
let used = 0;

export class Destination {
  private constructor(
    readonly exchange: string,
    readonly routingKey: string,
    private readonly octets: Buffer,
    private readonly at: number,
    /** Octets of both short strings. */
    readonly size: number,
  ) {}

  /** `octets` holds the two short strings from `at` on; they are copied. */
  static read(exchange: string, routingKey: string, octets: Buffer, at: number, size: number): Destination {
    if (used + size > ARENA_SIZE) {
      arena = Buffer.allocUnsafeSlow(ARENA_SIZE);
      used = 0;
    }
    const to = used;
    used = to + size;
    copyOctets(octets, at, arena, to, size);
    return new Destination(exchange, routingKey, arena, to, size);
  }

  static of(exchange: string, routingKey: string): Destination {
    const x = Buffer.from(exchange, 'utf8');
    const k = Buffer.from(routingKey, 'utf8');
    const octets = Buffer.concat([Buffer.from([x.length]), x, Buffer.from([k.length]), k]);
    return new Destination(exchange, routingKey, octets, 0, octets.length);
  }

  /** Whether these two short strings stand there. */
  isWrittenAt(bytes: Buffer, at: number): boolean {
    const { octets, at: from, size } = this;
    for (let i = 0; i < size; i++) if (octets[from + i] !== bytes[at + i]) return false;
    return true;
  }

  /** Writes the two short strings. */
  write(out: Buffer, at: number): void {
    copyOctets(this.octets, this.at, out, at, this.size);
  }
}
