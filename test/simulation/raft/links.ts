/**
 * The connections between members. One keeps the order of what it delivers; a broken one loses what is under way, both ways.
 * A cut direction either loses what is sent, and then the connection breaks when it is healed; or only delays it until then,
 * as TCP does when the cut was short.
 */
import type { Message } from '../../../lib/cluster/raft/messages';
import type { SeededRandom } from '../../../lib/world/random';
import type { Tally } from './tally';

interface Direction {
  /** Null: open. Otherwise what was sent meanwhile, if it is to arrive late. */
  cut: { readonly oneWay: boolean; readonly late: Message[] | null } | null;
  /** When the last message arrives. */
  busyUntil: number;
  /** Messages under way, and the connection they belong to. */
  underWay: number;
  connection: number;
}

export class Links {
  private readonly directions = new Map<string, Direction>();

  constructor(
    private readonly random: SeededRandom,
    private readonly tally: Tally,
    private readonly now: () => number,
    private readonly after: (ms: number, fn: () => void) => void,
    private readonly deliver: (message: Message) => void,
    /** Of the least delay; most messages take up to this much more. */
    private readonly delay: number,
  ) {}

  send(message: Message): void {
    const direction = this.direction(message.from, message.to);
    if (direction.cut === null) {
      this.transmit(direction, message);
    } else if (direction.cut.late !== null) {
      direction.cut.late.push(message);
    } else {
      this.tally.add(direction.cut.oneWay ? 'cut one way: messages lost' : 'cut both ways: messages lost');
    }
  }

  /** From one to the other, this way only. */
  cut(from: string, to: string, oneWay: boolean, late: boolean): void {
    const direction = this.direction(from, to);
    if (direction.cut === null) direction.cut = { oneWay, late: late ? [] : null };
  }

  /** True if the connection broke. */
  heal(from: string, to: string): boolean {
    const direction = this.direction(from, to);
    const { cut } = direction;
    direction.cut = null;
    if (cut === null) return false;
    if (cut.late === null) {
      this.lose(from, to);
      return true;
    }
    this.tally.add('cut: messages late', cut.late.length);
    for (const message of cut.late) this.transmit(direction, message);
    return false;
  }

  /** The connection breaks. Returns how many messages were on it. */
  lose(a: string, b: string): number {
    return this.loseOneWay(a, b) + this.loseOneWay(b, a);
  }

  /** What was on its way from a process that died may still arrive. */
  loseOneWay(from: string, to: string): number {
    const direction = this.direction(from, to);
    const lost = direction.underWay + (direction.cut?.late?.length ?? 0);
    direction.connection++;
    direction.underWay = 0;
    direction.cut?.late?.splice(0);
    return lost;
  }

  private transmit(direction: Direction, message: Message): void {
    const { connection } = direction;
    const now = this.now();
    direction.busyUntil = Math.max(direction.busyUntil, now + this.delay * (0.1 + this.random.float() ** 4));
    direction.underWay++;
    this.after(direction.busyUntil - now, () => {
      if (direction.connection !== connection) return;
      direction.underWay--;
      this.deliver(message);
    });
  }

  private direction(from: string, to: string): Direction {
    const key = `${from}>${to}`;
    let direction = this.directions.get(key);
    if (direction === undefined) {
      direction = { cut: null, busyUntil: 0, underWay: 0, connection: 0 };
      this.directions.set(key, direction);
    }
    return direction;
  }
}
