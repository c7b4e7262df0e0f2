/**
 * The ways of the lines: S-curves for bindings and flow, right angles with round corners for what runs in lanes. Curves
 * bend only in the gap right behind a column, so that the keys above the straight parts stay free.
 */
import { Pen } from './pen';
import type { Point, Rect } from './scene';
import type { Direction } from './signs';
import { isDrop, isReturn, LEAVE } from './topology-columns';
import { isStack, type Layout } from './topology-layout';
import type { Link, Topology } from './topology-model';

export interface Route {
  readonly link: Link;
  readonly d: string;
  readonly points: readonly Point[];
  readonly tip: Point;
  readonly direction: Direction;
  /** Base line of the label, and the room it has. */
  readonly label: { readonly x: number; readonly y: number; readonly max: number } | undefined;
  /** Middle of an envelope on the line. */
  readonly carrier: Point;
}

/** Lines that miss their target by so little enter it off its middle, and stay straight. */
const SLIDE = 12;

export class Routes {
  private readonly ports = new Map<Link, { from?: number; to?: number }>();
  private readonly rank: ReadonlyMap<string, number>;
  private readonly buses = new Map<string, number>();
  private readonly lastBus: number;
  private readonly dropOrder = new Map<Link, { index: number; of: number }>();

  constructor(
    private readonly topology: Topology,
    private readonly layout: Layout,
  ) {
    this.rank = layout.rank;
    this.assignPorts();
    this.assignExchangePorts();
    const sources = [...new Set(topology.links.filter((link) => this.entersRow(link)).map((link) => link.from))];
    sources.sort((a, b) => this.middle(a) - this.middle(b));
    for (const [i, id] of sources.entries()) this.buses.set(id, 12 + 8 * i);
    this.lastBus = 12 + 8 * (sources.length - 1);
    for (const item of topology.exchanges) {
      const own = topology.links.filter((link) => link.from === item.id && isDrop(link, this.rank));
      for (const [index, link] of own.entries()) this.dropOrder.set(link, { index, of: own.length });
    }
  }

  all(): Route[] {
    return this.topology.links.map((link) => this.route(link));
  }

  private route(link: Link): Route {
    if (link.kind === 'publish') return this.publish(link);
    if (link.kind === 'deliver' || link.kind === 'absent') return this.deliver(link);
    if (link.kind === 'dead') return this.dead(link);
    if (link.kind === 'collect' && !this.topology.rows) return this.collect(link);
    if (this.dropOrder.has(link)) return this.drop(link);
    return this.bind(link);
  }

  private rect(id: string): Rect {
    return this.layout.place.get(id) as Rect;
  }

  private middle(id: string): number {
    const rect = this.rect(id);
    return rect.y + rect.height / 2;
  }

  private entersRow(link: Link): boolean {
    return this.topology.rows && link.to.startsWith('q:');
  }

  /** Heights at which lines touch a queue, so spread that the lines keep the order of their other ends. */
  private assignPorts(): void {
    for (const queue of this.topology.queues) {
      const rect = this.rect(queue.id);
      const left = this.topology.links.filter((link) => link.to === queue.id && this.fromLeft(link));
      const origin = (link: Link): number => this.layout.passes.get(link)?.y ?? this.middle(link.from);
      left.sort((a, b) => origin(a) - origin(b));
      for (const [i, link] of left.entries()) {
        const shift = this.topology.rows ? 0 : 26 * (i - (left.length - 1) / 2);
        const centre = rect.y + rect.height / 2;
        const straight = left.length === 1 && !this.topology.rows && Math.abs(origin(link) - centre) <= SLIDE;
        this.port(link).to = straight ? origin(link) : centre + shift;
      }
      const right: { link: Link; end: 'from' | 'to'; other: number }[] = [];
      for (const link of this.topology.links) {
        if (this.fromLeft(link)) continue;
        if (link.from === queue.id) right.push({ link, end: 'from', other: this.destination(link) });
        if (link.to === queue.id) right.push({ link, end: 'to', other: this.middle(link.from) });
      }
      right.sort((a, b) => a.other - b.other || (a.end === b.end ? 0 : a.end === 'to' ? -1 : 1));
      const step = right.length < 2 ? 0 : Math.min(16, (rect.height - 20) / (right.length - 1));
      for (const [i, { link, end, other }] of right.entries()) {
        const centre = rect.y + rect.height / 2;
        const straight = right.length === 1 && Math.abs(other - centre) <= SLIDE;
        this.port(link)[end] = straight ? other : centre + step * (i - (right.length - 1) / 2);
      }
    }
  }

  /** Bindings between exchanges: apart, so that each has room for its key. */
  private assignExchangePorts(): void {
    for (const exchange of this.topology.exchanges) {
      const rect = this.rect(exchange.id);
      const arriving = this.topology.links.filter(
        (link) => link.to === exchange.id && isArriving(link) && !isDrop(link, this.rank),
      );
      arriving.sort((a, b) => this.middle(a.from) - this.middle(b.from));
      for (const [i, link] of arriving.entries()) {
        this.port(link).to = rect.y + rect.height / 2 + 26 * (i - (arriving.length - 1) / 2);
      }
    }
  }

  private fromLeft(link: Link): boolean {
    return link.kind === 'bind' || (link.kind === 'collect' && this.topology.rows);
  }

  private destination(link: Link): number {
    const into = link.kind === 'dead' && link.to.startsWith('x:') ? -9 : 0;
    return this.layout.below.get(link.to) ?? this.middle(link.to) + into;
  }

  private port(link: Link): { from?: number; to?: number } {
    const known = this.ports.get(link);
    if (known !== undefined) return known;
    const made = {};
    this.ports.set(link, made);
    return made;
  }

  private publish(link: Link): Route {
    const from = this.rect(link.from);
    const to = this.rect(link.to);
    const start = { x: from.x + from.width + 7, y: from.y + from.height / 2 };
    const pass = this.layout.passes.get(link);
    const centre = to.y + to.height / 2;
    const direct = Math.abs(start.y - centre) <= SLIDE ? start.y : centre;
    const tip = { x: to.x - 1, y: pass === undefined ? direct : to.y + to.height - 10 };
    const pen = new Pen(start);
    let middle = { x: (start.x + tip.x) / 2, y: (start.y + tip.y) / 2 };
    if (pass === undefined) {
      swing(pen, start, { x: tip.x - 7, y: tip.y });
    } else {
      const enter = { x: pass.column.x, y: pass.y };
      const leave = { x: pass.column.x + pass.column.width, y: pass.y };
      swing(pen, start, enter);
      pen.straight(leave);
      bend(pen, leave, tip.y, this.layout.bend);
      pen.straight({ x: tip.x - 7, y: tip.y });
      middle = { x: (start.x + enter.x) / 2, y: (start.y + enter.y) / 2 };
    }
    return { link, d: pen.d, points: pen.points, tip, direction: 'right', label: undefined, carrier: middle };
  }

  /** From the tip of an exchange: bend at once, then straight on to the queue or the next exchange. */
  private bind(link: Link): Route {
    const from = this.rect(link.from);
    const to = this.rect(link.to);
    const start = { x: from.x + from.width, y: from.y + from.height / 2 };
    const tip = { x: to.x, y: this.port(link).to ?? to.y + to.height / 2 };
    const back = link.followed || link.kind === 'collect' ? 7 : 2;
    const end = { x: tip.x - back, y: tip.y };
    const pen = new Pen(start);
    let bent: number;
    if (this.entersRow(link)) {
      const bus = from.x + from.width + (this.buses.get(link.from) ?? 12);
      pen.corners(start.y === tip.y ? [end] : [{ x: bus, y: start.y }, { x: bus, y: tip.y }, end]);
      bent = from.x + from.width + this.lastBus + 10;
    } else {
      let at = start;
      const pass = this.layout.passes.get(link);
      if (pass !== undefined) {
        bend(pen, at, pass.y, this.layout.bend);
        at = { x: pass.column.x + pass.column.width, y: pass.y };
        pen.straight(at);
      }
      bend(pen, at, tip.y, this.layout.bend);
      pen.straight(end);
      bent = at.x + this.layout.bend + 4;
    }
    const lanes = [...this.layout.leftLanes.values()].filter((lane) => lane > bent && lane < tip.x);
    const limit = (lanes.length === 0 ? tip.x - 8 : Math.min(...lanes) - 4) - (link.carries ? 24 : 0);
    const carrier = { x: tip.x - 18, y: tip.y };
    const label = { x: bent, y: tip.y - 6, max: limit - bent };
    return { link, d: pen.d, points: pen.points, tip, direction: 'right', label, carrier };
  }

  private deliver(link: Link): Route {
    const from = this.rect(link.from);
    const to = this.rect(link.to);
    const start = { x: from.x + from.width, y: this.port(link).from ?? from.y + from.height / 2 };
    const note = link.kind === 'absent';
    const tip = { x: to.x - (note ? 8 : 5), y: to.y + to.height / 2 };
    const pen = new Pen(note ? { x: start.x + 4, y: start.y } : start);
    swing(pen, start, { x: tip.x - 7, y: tip.y });
    const carrier = { x: (start.x + tip.x) / 2 - 2, y: (start.y + tip.y) / 2 };
    return { link, d: pen.d, points: pen.points, tip, direction: 'right', label: undefined, carrier };
  }

  /** Out of the queue to its lane, and from there to a dead-letter exchange, to a queue, or back below everything. */
  private dead(link: Link): Route {
    const from = this.rect(link.from);
    const to = this.rect(link.to);
    const start = { x: from.x + from.width, y: this.port(link).from ?? from.y + from.height / 2 };
    const lane = this.layout.rightLanes.get(link.to) as number;
    const below = this.layout.below.get(link.to);
    const pen = new Pen(start);
    let tip: Point;
    let direction: Direction = 'right';
    if (below !== undefined) {
      const left = this.layout.leftLanes.get(link.to) as number;
      tip = { x: to.x, y: to.y + to.height / 2 + 15 };
      const back = [
        { x: lane, y: start.y },
        { x: lane, y: below },
        { x: left, y: below },
        { x: left, y: tip.y },
      ];
      pen.corners([...back, { x: tip.x - 7, y: tip.y }]);
    } else if (link.to.startsWith('q:')) {
      tip = { x: to.x + to.width + 1, y: this.port(link).to ?? to.y + 14 };
      direction = 'left';
      pen.corners([
        { x: lane, y: start.y },
        { x: lane, y: tip.y },
        { x: tip.x + 7, y: tip.y },
      ]);
    } else {
      tip = { x: to.x, y: to.y + to.height / 2 - 9 };
      pen.corners([
        { x: lane, y: start.y },
        { x: lane, y: tip.y },
        { x: tip.x - 7, y: tip.y },
      ]);
    }
    const carrier = { x: lane, y: (start.y + (below ?? tip.y)) / 2 };
    return { link, d: pen.d, points: pen.points, tip, direction, label: undefined, carrier };
  }

  private collect(link: Link): Route {
    const from = this.rect(link.from);
    const to = this.rect(link.to);
    const start = { x: from.x, y: from.y + from.height / 2 + 11 };
    const tip = { x: to.x + to.width + 1, y: this.port(link).to ?? to.y + to.height / 2 };
    const pen = new Pen(start);
    swing(pen, start, { x: tip.x + 7, y: tip.y });
    const carrier = { x: (start.x + tip.x) / 2 + 3, y: (start.y + tip.y) / 2 };
    return { link, d: pen.d, points: pen.points, tip, direction: 'left', label: undefined, carrier };
  }

  /** Down out of an exchange, and to one below it or through the lane left of the column. */
  private drop(link: Link): Route {
    const from = this.rect(link.from);
    const to = this.rect(link.to);
    const { index, of } = this.dropOrder.get(link) as { index: number; of: number };
    const x = from.x + 16 + 9 * (of - 1 - index);
    const start = { x, y: from.y + from.height };
    const turn = start.y + 13 + 16 * index;
    const pen = new Pen(start);
    const label = { x: x + 7, y: turn + 1, max: from.x + from.width - x - 7 };
    const next = of === 1 && to.x === from.x && to.y > from.y && !this.between(from, to);
    if (next) {
      const tip = { x, y: to.y - (isStack(this.item(link.to)) ? 8 : 0) };
      pen.straight({ x, y: tip.y - 2 });
      return { link, d: pen.d, points: pen.points, tip, direction: 'down', label, carrier: { x, y: (start.y + tip.y) / 2 } };
    }
    const lane = this.layout.leftLanes.get(link.to) as number;
    if (isReturn(link, this.rank)) {
      const down = this.layout.leftLanes.get(LEAVE + link.from) as number;
      const below = this.layout.below.get(link.to) as number;
      const tip = { x: to.x, y: to.y + to.height / 2 + 16 };
      const corners = [
        { x, y: turn },
        { x: down, y: turn },
        { x: down, y: below },
        { x: lane, y: below },
        { x: lane, y: tip.y },
      ];
      pen.corners([...corners, { x: tip.x - 2, y: tip.y }]);
      return { link, d: pen.d, points: pen.points, tip, direction: 'right', label, carrier: { x: lane, y: (below + tip.y) / 2 } };
    }
    const rising = to.y + to.height / 2 < turn;
    const tip = { x: to.x, y: to.y + to.height / 2 + (rising ? 16 : -16) };
    pen.corners([
      { x, y: turn },
      { x: lane, y: turn },
      { x: lane, y: tip.y },
      { x: tip.x - 2, y: tip.y },
    ]);
    return { link, d: pen.d, points: pen.points, tip, direction: 'right', label, carrier: { x: lane, y: (turn + tip.y) / 2 } };
  }

  private item(id: string): Parameters<typeof isStack>[0] {
    return this.topology.exchanges.find((item) => item.id === id) as Parameters<typeof isStack>[0];
  }

  /** Whether another box of the column, or a line through it, is in the way. */
  private between(upper: Rect, lower: Rect): boolean {
    const inside = (x: number, y: number): boolean => x === upper.x && y > upper.y && y < lower.y;
    const boxes = [...this.layout.place.values()].some((rect) => rect !== upper && inside(rect.x, rect.y));
    return boxes || [...this.layout.passes.values()].some((pass) => inside(pass.column.x, pass.y));
  }
}

/** Lines between exchanges that need a place of their own, because they carry a label. */
function isArriving(link: Link): boolean {
  return link.kind === 'bind' || link.kind === 'alternate';
}

/** Half a bend out, half a bend in, over the whole width. */
function swing(pen: Pen, from: Point, to: Point): void {
  if (Math.abs(from.y - to.y) < 0.5) {
    pen.straight({ x: to.x, y: from.y });
    return;
  }
  const middle = (from.x + to.x) / 2;
  pen.curve({ x: middle, y: from.y }, { x: middle, y: to.y }, to);
}

/** The bend of a binding, right behind its start. */
function bend(pen: Pen, from: Point, y: number, width: number): void {
  if (Math.abs(from.y - y) < 0.5) {
    pen.straight({ x: from.x + width, y: from.y });
    return;
  }
  pen.curve({ x: from.x + width * 0.78, y: from.y }, { x: from.x + 4, y }, { x: from.x + width, y });
}
