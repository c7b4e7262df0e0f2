/** Draws what the layout of a cluster placed: rooms, copies of queues, clients, and the lines between them. */
import type { ClientBox, ClusterPicture, Copy, QueueRow, Room } from './cluster-items';
import { type Band, type ClusterLayout, copyRect, type PlacedRoom } from './cluster-layout';
import { clusterLegend } from './cluster-legend';
import { type ClusterLine, clusterLines } from './cluster-lines';
import { COPY_INKS, chip, copySign, doubleLine, zigzag } from './cluster-signs';
import type { LegendItem } from './frame';
import { labelWords } from './loss';
import { type Ink, type Rect, Scene } from './scene';
import { clientBox, cross, cylinder, depthBar, envelope, fullArrow, panel, queueBox, rectangle } from './signs';
import { commas, compact, coordinate as n, FONTS, textWidth, visible } from './words';

interface LineLook {
  readonly ink: Ink;
  readonly cls: string;
  readonly use: string;
}

const LINE_LOOKS: Readonly<Record<ClusterLine['kind'], LineLook>> = {
  publish: { ink: 'd', cls: 'w3', use: 'flow' },
  deliver: { ink: 'd', cls: 'w3', use: 'flow' },
  idle: { ink: 'i', cls: 'w3 u', use: 'connection' },
  lost: { ink: 'n', cls: 'w3 y4', use: 'closed' },
  cut: { ink: 'n', cls: 'w3 y4', use: 'cut' },
  sync: { ink: 'o', cls: '', use: 'replication' },
  unsync: { ink: 'w', cls: '', use: 'catching up' },
};

export class ClusterDrawing {
  readonly scene = new Scene();
  private readonly used = new Set<string>();

  constructor(
    private readonly picture: ClusterPicture,
    private readonly layout: ClusterLayout,
    /** Messages that fill a bar. */
    private readonly scale: number,
  ) {}

  draw(): void {
    for (const place of this.layout.rooms) this.room(place);
    const lines = clusterLines(this.picture, this.layout);
    const alike = new Map<string, ClusterLine[]>();
    for (const line of [...lines].sort((a, b) => order(a) - order(b))) {
      const key = `${line.kind} ${line.followed}`;
      const group = alike.get(key);
      if (group === undefined) alike.set(key, [line]);
      else group.push(line);
    }
    for (const group of alike.values()) this.lines(group);
    for (const band of this.layout.bands) for (const row of band.rows) this.row(band, row);
    const { publishers, consumers } = this.picture.clients;
    for (const box of [...publishers, ...consumers]) this.client(box);
  }

  private room({ room, rect, inner, gap }: PlacedRoom): void {
    const { state, kind } = room.node;
    const runs = state === 'running';
    const dead = state === 'killed';
    const { scene } = this;
    scene.add('back', panel(rect, 8, runs ? 'ki w2 u' : dead ? 'kn w3 y2' : 'kn w2', runs));
    scene.add('back', `<path d="M${n(rect.x)} ${n(rect.y + 30)}h${n(rect.width)}" class="${runs ? 'ki w1 q' : 'kn w1'}"/>`);
    if (dead) {
      const [left, right] = [n(rect.x + 4), n(rect.x + rect.width - 4)];
      const [top, bottom] = [n(rect.y + 34), n(rect.y + rect.height - 4)];
      scene.add('back', `<path d="M${left} ${top}L${right} ${bottom}M${right} ${top}L${left} ${bottom}" class="kn w4 o3"/>`);
    }
    const ink: Ink = runs ? 'i' : 'n';
    scene.add('back', (kind === 'ram' ? chip : cylinder)({ x: inner.x, y: rect.y + 9 }, ink));
    this.header(room, inner, rect.y + 19);
    if (gap === 'partition') this.partition(rect);
  }

  /** Name, medium and state; the name comes first where there is little room, and of one that runs the dot alone may stay. */
  private header(room: Room, inner: PlacedRoom['inner'], y: number): void {
    const { scene } = this;
    const { state, kind, name } = room.node;
    const runs = state === 'running';
    const right = inner.x + inner.width;
    const wish = textWidth(visible(name), FONTS.name);
    let space = inner.width - 20;
    const free = space - Math.min(wish, space * 0.6) - (runs ? 26 : 10);
    const words = [room.state, room.brief].find((text) => textWidth(text, FONTS.small) <= free) ?? (runs ? '' : room.brief);
    const width = scene.text(right, y, 's e', words, free);
    if (runs) scene.add('back', `<circle cx="${n(right - width - (width === 0 ? 4 : 9))}" cy="${n(y - 4)}" r="4" class="fo"/>`);
    space -= width + (runs ? 22 : 10);
    const named = scene.text(inner.x + 20, y, `m b${runs ? '' : ' fj'}`, visible(name), space);
    const medium = kind === 'ram' ? 'RAM' : 'disc';
    if (kind !== undefined && space - named - 8 > textWidth(medium, FONTS.small))
      scene.text(inner.x + 28 + named, y, 's', medium);
  }

  /** The gap at the left of a room: its side does not reach the other. */
  private partition(rect: Rect): void {
    const x = rect.x - 36;
    this.scene.add('back', zigzag(x, rect.y + 28, rect.y + rect.height));
    this.scene.text(x, rect.y + 12, 's c hl', 'partition', 70);
    this.used.add('partition');
  }

  /** Lines that look alike are one path, and what they end with where they meet is drawn once. */
  private lines(group: readonly ClusterLine[]): void {
    const [{ kind, followed }] = group as [ClusterLine];
    const look = LINE_LOOKS[kind];
    const { scene } = this;
    for (const { points } of group) scene.lines.push({ points, behind: false });
    this.used.add(look.use);
    const d = [...new Set(group.map((line) => line.d))].join('');
    if (kind === 'sync' || kind === 'unsync') {
      scene.add('lines', doubleLine(d, kind === 'sync'));
      return;
    }
    const ink = followed ? 'f' : look.ink;
    if (followed) this.used.add('followed');
    scene.add('lines', `<path d="${d}" class="k${ink} ${followed ? 'w4' : look.cls}"/>`);
    const ends = group.map(({ tip, cross: at }) => {
      if (kind === 'idle') return '';
      return kind === 'publish' || kind === 'deliver' ? fullArrow(tip, ink, kind === 'publish' ? 'right' : 'left') : cross(at, 5);
    });
    for (const end of new Set(ends)) scene.add('front', end);
  }

  private row(band: Band, row: QueueRow): void {
    for (const copy of row.copies) {
      const rect = copyRect(this.layout, band, copy.node);
      if (rect !== undefined) this.copy(row, copy, rect);
    }
  }

  private copy(row: QueueRow, copy: Copy, rect: Rect): void {
    const { scene } = this;
    const { compact: low } = this.layout;
    const down = copy.look === 'down';
    const plain = copy.look === 'only';
    scene.box(rect);
    scene.add('boxes', outline(copy, rect));
    const sign = { x: rect.x + 17, y: rect.y + (low ? 15 : 19) };
    scene.add('boxes', copySign(sign, copy.look));
    this.used.add(copy.look);
    const left = rect.x + (plain ? 13 : 33);
    const right = rect.x + rect.width - 8;
    const halo = down ? ' hl' : '';
    if (copy.followed) {
      scene.add('front', envelope({ x: right - 18, y: rect.y + 8 }, 'f'));
      this.used.add('message');
    }
    const room = right - left - (copy.followed ? 26 : 0);
    const width = scene.text(left, rect.y + (low ? 16 : 17), `m b${down ? ' fj' : ''}${halo}`, visible(row.queue), room);
    const beside = low ? room - width - 8 : right - left;
    const role = textWidth(copy.words, FONTS.small) <= beside ? copy.words : copy.brief;
    if (low) scene.text(right - (copy.followed ? 26 : 0), rect.y + 16, `s e${halo}`, role, beside);
    else scene.text(left, rect.y + 31, `s${halo}`, role, beside);
    const y = rect.y + (low ? 28 : 39);
    if (copy.ready !== undefined || copy.of !== undefined) this.content(copy, { ...rect, y });
    else if (down && copy.loss === undefined && copy.brief === 'down' && row.kind !== 'quorum' && copy.words !== 'mirror, down')
      scene.text(rect.x + 13, y + 9.5, 's hl', 'content unknown', rect.width - 20);
    if (copy.loss !== undefined) this.loss(copy, { ...rect, y: copy.ready === undefined ? y : y + 20 });
  }

  /** The bar with its numbers; a dead copy says what it had. */
  private content(copy: Copy, rect: Rect): void {
    const left = rect.x + 11;
    const room = rect.width - 20;
    const unacked = copy.unacked === 0 ? '' : ` + ${compact(copy.unacked)}`;
    if (copy.look === 'down') {
      this.scene.text(left + 2, rect.y + 9.5, 's hl', `had ${commas(copy.ready ?? 0)}${unacked}`, room);
      return;
    }
    const words = copy.ready === undefined ? `some of ${compact(copy.of ?? 0)}` : `${compact(copy.ready)}${unacked}`;
    const bar = Math.min(110, Math.max(24, room - textWidth(words, FONTS.small) - 6));
    const ink = COPY_INKS[copy.look];
    const place = { x: left, y: rect.y, width: bar, height: 11 };
    this.scene.add('boxes', depthBar(place, copy.ready ?? 0, copy.unacked, this.scale, ink === 'i' ? 'd' : ink));
    if (copy.unacked > 0) this.used.add('unacked');
    this.scene.text(left + bar + 6, rect.y + 9.5, 's', words, room - bar - 6);
  }

  /** Crossed envelopes, and how many died. */
  private loss({ loss }: Copy, rect: Rect): void {
    if (loss === undefined) return;
    const left = rect.x + 11;
    const room = rect.width - 19;
    const long = labelWords(loss, 24);
    const short = `${compact(loss.count)} lost`;
    const signs = Math.min(loss.count, 3);
    const fits = (words: string, envelopes: number): boolean => 24 * envelopes + textWidth(words, FONTS.smallStrong) <= room;
    const words = fits(long, 1) ? long : short;
    const envelopes = [signs, 2, 1, 0].find((number) => number <= signs && fits(words, number)) ?? 0;
    for (let i = 0; i < envelopes; i++) this.scene.add('front', envelope({ x: left + 24 * i, y: rect.y }, 'l', { lost: true }));
    this.scene.text(left + 24 * envelopes, rect.y + 10, 's b fl hl', words, room - 24 * envelopes);
    this.used.add('lost');
  }

  private client(box: ClientBox): void {
    const rect = this.layout.clients.get(box.id);
    if (rect === undefined) return;
    this.scene.box(rect);
    this.scene.add('boxes', clientBox(rect, { down: box.lost }));
    const room = rect.width - 22;
    this.scene.text(rect.x + 12, rect.y + 19, box.count > 1 ? '' : `m b${box.lost ? ' fj' : ''}`, box.name, room);
    for (const [i, line] of box.lines.entries()) {
      const words = textWidth(line, FONTS.small) <= room ? line : line.replace(' channel ', ' ch ');
      this.scene.text(rect.x + 12, rect.y + 35 + 16 * i, 's', words, room);
    }
  }

  legend(): LegendItem[] {
    return clusterLegend(this.used, this.picture.path?.label ?? '');
  }
}

/** What is followed lies over the rest, what does not flow below it. */
function order({ kind, followed }: ClusterLine): number {
  if (followed) return 3;
  return kind === 'sync' || kind === 'unsync' ? 0 : kind === 'publish' || kind === 'deliver' ? 2 : 1;
}

function outline({ look }: Copy, rect: Rect): string {
  if (look === 'only') return queueBox(rect, 'i');
  if (look === 'down') return rectangle(rect, 'kn w2 y5', 4);
  const dash = look === 'unsync' || look === 'apart' ? ' y1' : '';
  return panel(rect, 4, `k${COPY_INKS[look]} w2${dash}`, false);
}
