/** What the lanes of a sequence diagram live through: gone and back, folded time, and bars while messages are held. */
import type { Ink, Scene } from './scene';
import type { Fate } from './sequence-fate';
import type { Lanes } from './sequence-lanes';
import type { Step } from './sequence-step';
import { rectangle } from './signs';
import { coordinate as n } from './words';

export class Lifelines {
  /** Heights at which a lane goes down or comes back. */
  private readonly changes: { y: number; alive: boolean }[][];
  private readonly goneConnections = new Set<string>();
  private readonly bands: number[] = [];
  private readonly heldFrom = new Map<string, { lane: number; y: number; ink: Ink }>();
  private readonly held: { lane: number; from: number; to: number; ink: Ink }[] = [];

  constructor(
    private readonly lanes: Lanes,
    private readonly centres: readonly number[],
    private readonly fate: Fate,
  ) {
    this.changes = lanes.lanes.map(() => []);
  }

  /** Keeps books on what is held and which lanes are gone. */
  track(step: Step, y: number): void {
    if (step.delivery !== '' && step.to !== undefined) {
      const lane = this.lanes.find(step.to);
      if (lane >= 0) this.heldFrom.set(step.delivery, { lane, y, ink: this.fate.ink(step) ?? 'd' });
    }
    for (const delivery of step.settles) this.release((key) => key === delivery, y);
    if (!step.ends && !step.begins) return;
    const end = step.from.kind === 'client' ? step.from : step.to?.kind === 'client' ? step.to : undefined;
    if (end === undefined) {
      for (const lane of this.lanes.broker) this.changes[lane]?.push({ y, alive: step.begins });
      return;
    }
    const prefix = end.channel === 0 ? `${end.name}#` : `${end.name}#${end.channel}#`;
    if (step.ends) this.release((key) => key.startsWith(prefix), y);
    if (end.channel === 0) {
      this.connectionChanges(end.name, step.begins, y);
      return;
    }
    const lane = this.lanes.find(end);
    if (this.lanes.lanes[lane]?.channel === end.channel) this.changes[lane]?.push({ y, alive: step.begins });
  }

  /** Every lane of the connection goes with it; a lane that others share stays until the last of them is gone. */
  private connectionChanges(name: string, alive: boolean, y: number): void {
    if (alive) this.goneConnections.delete(name);
    else this.goneConnections.add(name);
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

  /** One bar on a lane from the first delivery to the last settlement, as long as something is held. */
  private bars(scene: Scene, bottom: number): boolean {
    this.release(() => true, bottom - 4);
    const spans = this.held
      .filter((span) => span.to > span.from)
      .sort((a, b) => a.lane - b.lane || a.from - b.from || a.to - b.to);
    const union: { lane: number; from: number; to: number; ink: Ink }[] = [];
    for (const span of spans) {
      const last = union.at(-1);
      if (last !== undefined && last.lane === span.lane && span.from <= last.to) {
        last.to = Math.max(last.to, span.to);
        if (span.ink !== 'd') last.ink = span.ink;
      } else {
        union.push({ ...span });
      }
    }
    for (const { lane, from, to, ink } of union) {
      const rect = { x: this.x(lane) - 4, y: from, width: 8, height: to - from };
      scene.add('lines', ['fg', `f${ink} t2`, `k${ink} w1`].map((cls) => rectangle(rect, cls)).join(''));
    }
    return union.length > 0;
  }

  private lines(scene: Scene, top: number, bottom: number): boolean {
    let gone = false;
    for (const [lane, changes] of this.changes.entries()) {
      const x = this.x(lane);
      let y = top;
      let alive = true;
      const pieces: { from: number; to: number; alive: boolean }[] = [];
      for (const change of changes) {
        if (change.alive === alive) continue;
        pieces.push({ from: y, to: change.y, alive });
        y = change.y;
        alive = change.alive;
      }
      pieces.push({ from: y, to: bottom, alive });
      for (const piece of pieces) {
        const cls = piece.alive ? 'ki w2 q' : 'kn w2 y4';
        if (!piece.alive) gone = true;
        scene.straight({ x, y: piece.from }, { x, y: piece.to }, cls, { layer: 'back', behind: true });
      }
      for (const band of this.bands) {
        const piece = pieces.find((candidate) => band + 13 >= candidate.from && band + 13 <= candidate.to);
        const cls = piece?.alive === false ? 'kn w2' : 'ki w2 q';
        scene.add('lines', `<path d="M${n(x)} ${n(band)}v5l-5 3l10 5l-5 3v10" class="${cls}"/>`);
      }
    }
    return gone;
  }
}
