/** `lab.draw`: takes a snapshot or the trace, has it drawn by lib/draw, and shows the picture in the cell. */
import type { TraceEvent } from '../trace/events';
import type { Snapshot } from '../trace/snapshot';
import type { LabDraw, PlotOptions, SequenceOptions, TimelineOptions, TopologyOptions } from './api';
import { drawn } from './cell';
import type { LastSeen } from './last-seen';
import type { Picture } from './picture';

/** Loaded with the first picture, not with the lab. */
function drawing(): typeof import('../draw') {
  return require('../draw') as typeof import('../draw');
}

export class Pictures implements LabDraw {
  constructor(
    private readonly snapshot: () => Promise<Snapshot>,
    private readonly events: () => readonly TraceEvent[],
    private readonly lastSeen: LastSeen,
    /** Lab time in milliseconds. */
    private readonly now: () => number,
  ) {}

  async topology(options: TopologyOptions = {}): Promise<Picture> {
    const { snapshot = await this.snapshot(), ...rest } = options;
    // A dead node is drawn with what it held: nothing else of it could be seen.
    const completed = this.lastSeen.complete(snapshot);
    const seen = completed.lastSeen === undefined ? {} : { lastSeen: completed.lastSeen };
    return drawn(drawing().drawTopology(completed.snapshot, { recent: this.events(), ...seen, ...rest }));
  }

  async sequence(options: SequenceOptions = {}): Promise<Picture> {
    // All events go along with `since`: connections that were opened before are still called by their names.
    const { events = this.events(), ...rest } = options;
    return drawn(drawing().drawSequence(events, rest));
  }

  async timeline({ title, since = 0, events }: TimelineOptions = {}): Promise<Picture> {
    const told = events ?? this.events();
    // A command is told when it is over, and belongs to where it was typed.
    const begun = told.flatMap((event) =>
      event.seq < since ? [] : [event.type === 'command' ? (event.typed ?? event.at) : event.at],
    );
    const from = begun.reduce((least, at) => Math.min(least, at), begun[0] ?? 0);
    const until = events === undefined ? this.now() : (events.at(-1)?.at ?? 0);
    const running = events === undefined ? await this.running() : [];
    return drawn(drawing().drawNodeTimeline(told, { from, until, running, ...(title === undefined ? {} : { title }) }));
  }

  /** Names of the nodes whose application runs; none where nobody can be asked. */
  private async running(): Promise<string[]> {
    const nodes = await this.snapshot().then(
      (snapshot) => snapshot.nodes,
      () => [],
    );
    return nodes.flatMap(({ name, state }) => (state === 'running' ? [name] : []));
  }

  async plot({ title, series }: PlotOptions): Promise<Picture> {
    return drawn(drawing().drawPlot(title, series));
  }
}
