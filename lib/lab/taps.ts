/** Who listens to the connections of a lab: on engines that do not trace themselves, the wire is decoded into the trace. */
import type { TraceLog } from '../trace/trace-log';
import type { WireKnowledge } from './engine';
import { MessageBook } from './message-book';
import { NameTap } from './name-tap';
import type { RelayLine, RelayTap } from './relay-line';
import type { ChannelFacts } from './wire-channel';
import { WireTap } from './wire-tap';

export class Taps implements WireKnowledge {
  private readonly book = new MessageBook();
  private readonly taps = new Map<string, WireTap>();

  constructor(
    private readonly silent: boolean,
    private readonly log: TraceLog,
  ) {}

  tapOf(node: string, line: RelayLine): RelayTap {
    if (!this.silent) return new NameTap(line);
    const { log, book, taps } = this;
    const tap = new WireTap(line, { book, nextMessage: () => log.nextMessage(), emit: (event) => log.emit(node, event) });
    taps.set(tap.connection, tap);
    return {
      onBytes: (from, chunk) => tap.onBytes(from, chunk),
      onEnd: () => {
        taps.delete(tap.connection);
        tap.onEnd();
      },
    };
  }

  channel(connection: string, channel: number): ChannelFacts | undefined {
    return this.taps.get(connection)?.facts(channel);
  }
}
