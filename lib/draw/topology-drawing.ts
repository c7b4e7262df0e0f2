/** Draws what the layout placed: lines with their keys, clients, exchanges, queues with their bars, consumers. */
import type { LegendItem } from './frame';
import { type Ink, type Rect, Scene } from './scene';
import {
  clientBox,
  cross,
  depthBar,
  envelope,
  exchangeBox,
  fullArrow,
  openArrow,
  panel,
  prefetchSlots,
  queueBox,
  stack,
} from './signs';
import { depthWords, HAD, rowNumbers } from './topology-columns';
import { type Layout, NOTE, NOTE_BEYOND, publishNotes, queueNotes } from './topology-layout';
import { topologyLegend } from './topology-legend';
import type { ClientItem, ConsumerItem, ExchangeItem, Link, QueueItem, Topology } from './topology-model';
import { type Route, Routes } from './topology-routes';
import { barScale } from './topology-words';
import { compact, coordinate as n, count, FONTS, textWidth } from './words';

interface LineLook {
  readonly ink: Ink;
  readonly cls: string;
  readonly end: 'full' | 'open' | 'none';
  /** Its entry in the legend. */
  readonly use: string;
  readonly crossed?: boolean;
}

/** A full arrowhead as an element, an open one as the rest of a path. */
function arrowhead({ tip, direction }: Route, end: LineLook['end'], ink: Ink): string {
  if (end === 'none') return '';
  return end === 'full' ? fullArrow(tip, ink, direction) : openArrow(tip, direction);
}

/** Draws lines first, boxes over them, and what travels on top. */
export class Drawing {
  readonly scene = new Scene();
  private readonly used = new Set<string>();
  private readonly scale: number;

  constructor(
    private readonly topology: Topology,
    private readonly layout: Layout,
    /** The broker is gone: connections are lost, nothing flows. */
    private readonly gone: boolean,
  ) {
    this.scale = barScale(topology);
  }

  draw(): void {
    const routes = new Routes(this.topology, this.layout).all();
    const rank = (link: Link): number => (link.followed ? 2 : link.faded ? 0 : 1);
    const groups = new Map<string, Route[]>();
    for (const route of [...routes].sort((a, b) => rank(a.link) - rank(b.link))) {
      const look = this.lookOf(route.link);
      const alike = JSON.stringify([route.link.from, look, route.link.faded, look.end === 'open' ? '' : route.link.to]);
      const group = groups.get(alike);
      if (group === undefined) groups.set(alike, [route]);
      else group.push(route);
    }
    for (const group of groups.values()) this.lines(group);
    for (const item of this.topology.clients) this.client(item, this.rect(item.id));
    for (const item of this.topology.exchanges) this.exchange(item, this.rect(item.id));
    for (const item of this.topology.queues) {
      if (this.topology.rows) this.queueRow(item, this.rect(item.id));
      else this.queue(item, this.rect(item.id));
    }
    for (const item of this.topology.consumers) this.consumer(item, this.rect(item.id));
    for (const item of this.topology.notes) {
      const rect = this.rect(item.id);
      for (const [i, line] of item.lines.entries()) this.scene.text(rect.x, rect.y + 12 + 15 * i, 's', line, rect.width);
    }
    for (const route of routes) if (route.link.carries && !this.gone) this.carry(route);
  }

  private rect(id: string): Rect {
    return this.layout.place.get(id) as Rect;
  }

  /** Lines that look alike and start at the same exchange are one path: where they overlap they do not grow darker. */
  private lines(routes: readonly Route[]): void {
    const [first] = routes as [Route];
    const { link } = first;
    const look = this.lookOf(link);
    const solid = look.end === 'open' && !look.cls.includes(' y');
    const heads = routes.map((route) => arrowhead(route, look.end, look.ink));
    if (link.faded) this.scene.add('lines', '<g class="o3">');
    const d = routes.map((route, i) => route.d + (solid ? heads[i] : '')).join('');
    this.scene.add('lines', `<path d="${d}" class="k${look.ink} ${look.cls}"/>`);
    for (const { points } of routes) this.scene.lines.push({ points, behind: false });
    if (look.end === 'full') this.scene.add('lines', heads.join(''));
    else if (!solid && look.end === 'open') this.scene.add('lines', `<path d="${heads.join('')}" class="k${look.ink} w2"/>`);
    if (link.faded) this.scene.add('lines', '</g>');
    this.used.add(look.use);
    for (const { link: each, label, carrier } of routes) {
      if (look.crossed) this.scene.add('front', cross(carrier, 6));
      if (label === undefined) continue;
      const cls = `${each.mono ? 'm s' : 's'}${this.gone ? ' hl' : ''}`;
      this.scene.text(label.x, label.y, cls, fittingLabel(each, label.max), label.max);
    }
    if (link.from.startsWith('x:') && (link.kind === 'bind' || (link.kind === 'collect' && this.topology.rows))) {
      const from = this.rect(link.from);
      const at = { x: from.x + from.width - 1, y: from.y + from.height / 2 };
      this.scene.add(
        'boxes',
        `<circle cx="${n(at.x)}" cy="${n(at.y)}" r="3.2" class="f${link.followed && !this.gone ? 'f' : 'j'}"/>`,
      );
    }
  }

  private lookOf(link: Link): LineLook {
    const followed = link.followed && !this.gone;
    if (link.kind === 'absent') return { ink: 'n', cls: 'w3 y4', end: 'none', use: '' };
    if (this.gone && (link.kind === 'publish' || link.kind === 'deliver')) {
      return { ink: 'n', cls: 'w3 y4', end: 'none', use: 'closed', crossed: true };
    }
    if (link.kind === 'dead' || link.kind === 'collect') {
      if (followed) return { ink: 'f', cls: 'w4 y1', end: 'full', use: 'dead' };
      return { ink: 'x', cls: 'w3 y1', end: 'full', use: 'dead' };
    }
    if (followed) return { ink: 'f', cls: 'w4', end: 'full', use: 'followed' };
    if (link.kind === 'publish' || link.kind === 'deliver') return { ink: 'd', cls: 'w3', end: 'full', use: 'flow' };
    if (link.kind === 'alternate') return { ink: 'j', cls: 'w2 y2', end: 'open', use: 'alternate' };
    if (link.folded) return { ink: 'j', cls: 'w2 y5', end: 'open', use: 'folded' };
    return { ink: 'j', cls: 'w2', end: 'open', use: 'binding' };
  }

  private carry({ link, carrier }: Route): void {
    const dead = link.kind === 'dead' || link.kind === 'collect';
    this.scene.add('front', envelope({ x: carrier.x - 9, y: carrier.y - 6 }, 'f', { dead }));
    this.used.add('message');
  }

  /** Names of what is not there any more are in the second ink. */
  private nameClass(): string {
    return this.gone ? 'm b fj' : 'm b';
  }

  private client(item: ClientItem, rect: Rect): void {
    this.scene.box(rect);
    if (item.count > 1) this.scene.add('boxes', stack(rect, 10, 'ki w2 q'));
    this.scene.add('boxes', clientBox(rect, { sends: item.sends, down: this.gone }));
    const room = rect.width - 24;
    this.scene.text(rect.x + 12, rect.y + 20, this.nameClass(), item.name, room);
    for (const [i, line] of item.lines.entries())
      this.scene.text(rect.x + 12, rect.y + 36 + 16 * i, 's', fitting(line, room), room);
    const notes = publishNotes(item, rect.width).reverse();
    for (const [i, runs] of notes.entries())
      this.scene.runs(rect.x + 2, rect.y - 7 - NOTE * i, '', runs, rect.width + NOTE_BEYOND);
  }

  private exchange(item: ExchangeItem, rect: Rect): void {
    this.scene.box(rect);
    const ink = item.look === 'missing' || this.gone ? 'n' : item.look === 'dead' ? 'x' : 'i';
    if (item.count > 1) this.scene.add('boxes', stack(rect, 6, 'ki w2 q'));
    this.scene.add('boxes', exchangeBox(rect, item.type, ink));
    const middle = rect.y + rect.height / 2 - (item.flags === '' ? 0 : 7);
    this.scene.text(rect.x + 38, middle - 4, this.nameClass(), item.name, rect.width - 52);
    this.scene.text(rect.x + 38, middle + 13, 's', item.type, rect.width - 50);
    if (item.flags !== '') this.scene.text(rect.x + 38, middle + 27, 's', item.flags, rect.width - 54);
  }

  private queue(item: QueueItem, rect: Rect): void {
    this.scene.box(rect);
    const down = item.down || this.gone;
    this.scene.add('boxes', queueBox(rect, down ? 'n' : item.dead ? 'x' : 'i'));
    const notes = queueNotes(item, rect.width);
    const left = rect.x + 12;
    const room = rect.width - 20;
    const beside =
      item.dead && notes.beside === 'durable' && textWidth(item.name, FONTS.name) < room - 96 ? 'dead letters' : notes.beside;
    const flags = this.scene.text(rect.x + rect.width - 8, rect.y + 18, down ? 's e hl' : 's e', beside, room);
    this.scene.text(left, rect.y + 19, down ? 'm b fj hl' : 'm b', item.name, room - (flags === 0 ? 0 : flags + 8));
    let y = rect.y + 56;
    if (down) {
      const seen = this.topology.lastSeen !== undefined;
      this.scene.text(left, rect.y + 35, 's hl', seen ? fittingDepth(item, room, HAD) : 'content unknown', room);
      y = rect.y + 35;
    } else {
      this.bar({ x: left, y: rect.y + 27, width: room, height: 13 }, item);
      this.scene.text(left, y, 's', fittingDepth(item, room), room);
    }
    for (const [i, line] of notes.below.entries()) this.scene.text(left, y + 15 * (i + 1), down ? 's hl' : 's', line, room);
  }

  private queueRow(item: QueueItem, rect: Rect): void {
    this.scene.box(rect);
    const down = item.down || this.gone;
    const ink = down ? 'n' : item.dead ? 'x' : 'i';
    const group = item.count > 1;
    if (group) this.scene.add('boxes', stack(rect, 4, 'ki w2 q') + panel(rect, 4, 'ki w2 q', false));
    else this.scene.add('boxes', panel(rect, 4, down ? 'kn w2 y2' : `k${ink} w2 u`, false));
    const numbers = rowNumbers(item);
    const base = rect.y + 16;
    const width = this.scene.text(
      rect.x + rect.width - 8,
      base,
      's e',
      down && this.topology.lastSeen === undefined ? 'unknown' : numbers,
    );
    const room = rect.width - 30 - width;
    const { x: barLeft, width: bar } = this.rowBar(rect);
    if (group) {
      const many = this.scene.text(rect.x + 14 + room, base, 'e', count(item.count, 'queue'), room);
      this.scene.text(rect.x + 14, base, 'm b', item.name, room - many - 8);
    } else {
      this.scene.text(rect.x + 14, base, down ? 'm b fj' : 'm b', item.name, barLeft - rect.x - 22);
      if (!down) this.bar({ x: barLeft, y: rect.y + 7, width: bar, height: 10 }, item);
    }
    const remark = this.layout.columns.at(-1) as { x: number; width: number };
    this.scene.text(remark.x + 2, base, 's', item.remark, remark.width - 2);
  }

  /** The bars of all rows stand below each other, right of the longest name as far as there is room. */
  private rowBar(rect: Rect): { x: number; width: number } {
    const own = this.topology.queues.filter((item) => item.count === 1);
    const names = Math.max(0, ...own.map((item) => textWidth(item.name, FONTS.name)));
    const numbers = Math.max(0, ...own.map((item) => textWidth(rowNumbers(item), FONTS.small)));
    const right = rect.x + rect.width - 8 - numbers - 10;
    const width = Math.min(150, Math.max(64, right - (rect.x + 14 + names + 12)));
    return { x: right - width, width };
  }

  private bar(rect: Rect, item: QueueItem): void {
    this.scene.add('boxes', depthBar(rect, item.ready, item.unacked, this.scale, item.dead ? 'x' : 'd'));
    if (item.ready > 0) this.used.add('ready');
    if (item.unacked > 0) this.used.add('unacked');
  }

  private consumer(item: ConsumerItem, rect: Rect): void {
    this.scene.box(rect);
    if (item.count > 1) this.scene.add('boxes', stack(rect, 10, 'ki w2 q'));
    this.scene.add('boxes', clientBox(rect, { receives: true, down: this.gone }));
    const room = rect.width - 20;
    const left = rect.x + 12;
    this.scene.text(left, rect.y + 20, this.nameClass(), item.name, room);
    let y = rect.y + 36;
    const short = this.layout.terseConsumers && item.count === 1;
    const lines = short ? [item.brief] : item.lines;
    for (const [i, line] of lines.entries()) {
      const slots = i === 0 && item.slots > 0;
      if (!(short && slots)) {
        this.scene.text(left, y, 's', fitting(line, room), room);
        y += 16;
      }
      if (slots) {
        this.slots({ x: left, y: y - 10 }, item, room);
        y += 15;
      }
    }
  }

  private slots(at: { x: number; y: number }, item: ConsumerItem, room: number): void {
    if (this.gone || 9 * item.slots > room) {
      this.scene.text(at.x, at.y + 9, 's', `${item.unacked} unacked`, room);
      return;
    }
    this.scene.add('boxes', prefetchSlots(at, item.unacked, item.slots));
    this.used.add('slots');
  }

  legend(): LegendItem[] {
    return topologyLegend(this.used, this.topology.path?.label ?? '');
  }
}

/** Words on a binding have short forms, so that they are not cut like a name: `143 bindings` is `× 143`, `(no key)` goes. */
function fittingLabel({ label, mono }: Link, room: number): string {
  if (mono || textWidth(label, FONTS.small) <= room) return label;
  return label === '(no key)' ? '' : label.replace(/^([\d,]+) bindings$/, '\u00d7 $1');
}

/** A line of a client's box; where it is too long, `ch` stands for channel. */
function fitting(line: string, room: number): string {
  return textWidth(line, FONTS.small) <= room ? line : line.replace(' channel ', ' ch ');
}

/** Ready and unacked in words, with rounded numbers or without words where they do not fit. */
function fittingDepth(item: QueueItem, room: number, before = ''): string {
  const fits = (text: string): boolean => textWidth(text, FONTS.small) <= room;
  const words = [depthWords(item), depthWords(item, compact), `${compact(item.ready)} + ${compact(item.unacked)} unacked`];
  return words.map((text) => before + text).find(fits) ?? rowNumbers(item);
}
