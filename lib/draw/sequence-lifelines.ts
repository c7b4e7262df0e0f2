/** What the lanes of a sequence diagram live through: gone and back, folded time, and bars while messages are held. */
import type { Ink, Scene } from './scene';
import type { Fate } from './sequence-fate';
import type { Lanes } from './sequence-lanes';
import { queueEnd, type Step } from './sequence-step';
import { rectangle } from './signs';
import { coordinate as n } from './words';

interface Change {
  readonly y: number;
  readonly alive: boolean;
}

/** A stretch of a lane; one that has not begun is not drawn. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly state: 'not yet' | 'alive' | 'gone';
}

interface Span {
  readonly lane: number;
  readonly from: number;
  to: number;
  readonly ink: Ink;
}

export class Lifelines {
  /** Heights at which a lane begins, goes down or comes back. A lane that begins with no step was there before the picture. */
  private readonly changes: Change[][];
  /** Lanes of the broker that are thought to be there, because the node runs, and that no step has touched yet. */
  private readonly assumed = new Set<number>();
  /** Queues or exchanges of each lane that are there, as far as the picture has shown them. */
  private readonly named: ReadonlyArray<Set<string>>;
  private readonly goneConnections = new Set<string>();
  /** Connections that the picture shows connecting. */
  private readonly begun = new Set<string>();
  private readonly bands: number[] = [];
  private readonly heldFrom = new Map<string, { lane: number; y: number; ink: Ink }>();
  private readonly held: Span[] = [];

  constructor(
    private readonly lanes: Lanes,
    private readonly centres: readonly number[],
    private readonly fate: Fate,
  ) {
    this.changes = lanes.lanes.map(() => []);
    this.named = lanes.lanes.map(() => new Set());
    for (const lane of lanes.broker) this.assumed.add(lane);
  }

  /** Keeps books on what is held and which lanes are gone. */
  track(step: Step, y: number): void {
    if (step.delivery !== '' && step.to !== undefined) {
      const lane = this.lanes.find(step.to);
      if (lane >= 0) this.heldFrom.set(step.delivery, { lane, y, ink: this.fate.ink(step) ?? 'd' });
    }
    for (const delivery of step.settles) this.release((key) => key === delivery, y);
    this.touch(step, y);
    if (step.begins) this.change(step, true, y);
    if (step.ends) this.change(step, false, y);
  }

  /**
   * What is declared was not there before, unless the picture has shown its lane at work. A lane goes when all that was seen
   * of what it stands for is deleted.
   */
  private touch(step: Step, y: number): void {
    const queues = step.queues.map((name) => queueEnd(name));
    for (const end of [step.from, ...(step.to === undefined ? [] : [step.to]), ...queues]) {
      const lane = this.lanes.standsFor(end);
      if (this.lanes.lanes[lane]?.kind === 'node') continue;
      const assumed = this.assumed.delete(lane);
      const changes = this.changes[lane];
      const names = this.named[lane];
      if (changes === undefined || names === undefined) continue;
      names.add(end.name);
      if (step.verb === 'deleted' && names.delete(end.name) && names.size === 0) changes.push({ y, alive: false });
      if (step.verb !== 'declared') continue;
      if (assumed && changes.at(-1)?.alive) changes.pop();
      if (assumed || changes.at(-1)?.alive === false) changes.push({ y, alive: true });
    }
  }

  /** A connection, a channel or the whole node comes (`alive`) or goes. */
  private change(step: Step, alive: boolean, y: number): void {
    const end = step.from.kind === 'client' ? step.from : step.to?.kind === 'client' ? step.to : undefined;
    if (end === undefined) {
      const own = this.lanes.standsFor(step.from);
      for (const lane of own >= 0 ? [own] : this.lanes.broker) {
        if (alive && this.changes[lane]?.at(-1)?.alive === false) this.assumed.add(lane);
        this.changes[lane]?.push({ y, alive });
      }
      return;
    }
    const prefix = end.channel === 0 ? `${end.name}#` : `${end.name}#${end.channel}#`;
    if (!alive) this.release((key) => key.startsWith(prefix), y);
    if (end.channel === 0) {
      this.connectionChanges(end.name, alive, y);
      return;
    }
    const lane = this.lanes.find(end);
    if (this.lanes.lanes[lane]?.channel === end.channel) this.changes[lane]?.push({ y, alive });
  }

  /** Every lane of the connection goes with it; a lane that others share stays until the last of them is gone. */
  private connectionChanges(name: string, alive: boolean, y: number): void {
    if (alive) {
      this.begun.add(name);
      this.goneConnections.delete(name);
    }
    if (!alive) this.goneConnections.add(name);
    for (const lane of this.lanes.ofConnection(name)) {
      const gone = this.lanes.lanes[lane]?.connections.every((connection) => this.goneConnections.has(connection));
      if (alive || gone) this.changes[lane]?.push({ y, alive });
    }
  }

  private release(which: (key: string) => boolean, y: number): void {
    for (const [key, { lane, y: from, ink }] of [...this.heldFrom]) {
      if (!which(key)) continue;
      this.held.push({ lane, from, to: y, ink });
      this.heldFrom.delete(key);
    }
  }

  /** A band of folded time begins at this height; it breaks every lifeline. */
  band(y: number): void {
    this.bands.push(y);
  }

  /** Draws everything and says which of its signs were used. */
  draw(scene: Scene, top: number, bottom: number): string[] {
    const held = this.bars(scene, bottom);
    const gone = this.lines(scene, top, bottom);
    return [...(held ? ['held'] : []), ...(gone ? ['gone'] : [])];
  }

  private x(lane: number): number {
    return this.centres[lane] as number;
  }

  /** A bar on a lane as long as something is held, in the colour of the fate while that message is. */
  private bars(scene: Scene, bottom: number): boolean {
    this.release(() => true, bottom - 4);
    const bars = [...new Set(this.held.map(({ lane }) => lane))].sort((a, b) => a - b).flatMap((lane) => this.barsOf(lane));
    for (const { lane, from, to, ink } of bars) {
      const rect = { x: this.x(lane) - 4, y: from, width: 8, height: to - from };
      scene.add('lines', ['fg', `f${ink} t2`, `k${ink} w1`].map((cls) => rectangle(rect, cls)).join(''));
    }
    return bars.length > 0;
  }

  /** From edge to edge of what is held on a lane; neighbours of one colour are one bar. */
  private barsOf(lane: number): Span[] {
    const spans = this.held.filter((span) => span.lane === lane && span.to > span.from);
    const edges = [...new Set(spans.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
    const bars: Span[] = [];
    for (const [i, to] of edges.slice(1).entries()) {
      const from = edges[i] as number;
      const holding = spans.filter((span) => span.from < to && span.to > from);
      if (holding.length === 0) continue;
      const ink = holding.find((span) => span.ink !== 'd')?.ink ?? 'd';
      const last = bars.at(-1);
      if (last?.ink === ink && last.to === from) last.to = to;
      else bars.push({ lane, from, to, ink });
    }
    return bars;
  }

  /** Whether a lane lived before the picture begins. */
  private wasThere(lane: number): boolean {
    if (this.changes[lane]?.[0]?.alive !== true) return true;
    return this.lanes.lanes[lane]?.connections.some((connection) => !this.begun.has(connection)) === true;
  }

  /** Draws the lanes; says whether one of them is gone somewhere. */
  private lines(scene: Scene, top: number, bottom: number): boolean {
    const all = this.changes.map((changes, lane) => pieces(changes, this.wasThere(lane), top, bottom));
    for (const [lane, own] of all.entries()) {
      const x = this.x(lane);
      for (const { from, to, state } of own) {
        if (state === 'not yet' || from === to) continue;
        scene.straight({ x, y: from }, { x, y: to }, LOOKS[state], { layer: 'back', behind: true });
      }
      for (const band of this.bands) {
        const state = own.find(({ from, to }) => from <= band && band <= to)?.state;
        if (state === undefined || state === 'not yet') continue;
        scene.add('lines', `<path d="M${n(x)} ${n(band)}v5l-5 3l10 5l-5 3v10" class="${LOOKS[state]}"/>`);
      }
    }
    return all.some((own) => own.some(({ state }) => state === 'gone'));
  }
}

const LOOKS = { alive: 'ki w2 q', gone: 'kn w2 y4' } as const;

function pieces(changes: readonly Change[], wasThere: boolean, top: number, bottom: number): Piece[] {
  const result: Piece[] = [];
  let state: Piece['state'] = wasThere ? 'alive' : 'not yet';
  let from = top;
  for (const { y, alive } of changes) {
    if (alive === (state === 'alive')) continue;
    result.push({ from, to: y, state });
    from = y;
    state = alive ? 'alive' : 'gone';
  }
  result.push({ from, to: bottom, state });
  return result;
}
