/** Node states over time: one lane a node, one bar a state, what was done as numbered discs with a list below. */
import { CONTENT_TOP, figure, type Frame, type LegendItem, MARGIN } from './frame';
import { type Point, Scene } from './scene';
import { cross, disc, numberPlate, rectangle } from './signs';
import { TimeAxis } from './timeline-axis';
import { clock, commas, coordinate as n, count, duration, FONTS, textWidth, visible } from './words';

/** As a bar says it: waiting is for another node, dead is after kill -9. */
export type NodeState = 'running' | 'stopped' | 'waiting' | 'dead' | 'paused' | 'partitioned';

export interface TimelineSpan {
  /** Lab time in milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly state: NodeState;
}

export interface TimelineLane {
  readonly name: string;
  readonly spans: readonly TimelineSpan[];
}

export interface TimelineMark {
  readonly at: number;
  /** What was typed or done. */
  readonly label: string;
  /** Name of the lane it happened to; without it the mark crosses all lanes. */
  readonly lane?: string;
  /** Nobody did it: the nodes decided so. Default false. */
  readonly happened?: boolean;
}

const LEFT = 124;
const BAR = 26;
const LANE = 70;
const AXIS = CONTENT_TOP + 18;
const MOST_LANES = 12;
const MOST_MARKS = 16;
/** Where the second column of the list begins. */
const SECOND_COLUMN = 416;
/** Distance that the discs of two marks keep, with one digit and with two. */
const DISC = 19;
const WIDE_DISC = 25;

/** Draws node states over lab time. Up to 12 lanes and 16 marks are drawn; all of them are in the table. */
export function drawTimeline(
  lanes: readonly TimelineLane[],
  marks: readonly TimelineMark[] = [],
  options: { readonly title?: string } = {},
): string {
  const { scene, frame } = sceneOfTimeline(lanes, marks, options);
  return figure(scene, frame);
}

/** The picture with its geometry, for tests. */
export function sceneOfTimeline(
  lanes: readonly TimelineLane[],
  marks: readonly TimelineMark[] = [],
  options: { readonly title?: string } = {},
): { scene: Scene; frame: Frame } {
  const shown = lanes.slice(0, MOST_LANES);
  const drawing = new Drawing(shown, shownMarks(marks));
  drawing.draw();
  const title = options.title ?? defaultTitle(lanes);
  const hidden = [
    lanes.length > MOST_LANES ? count(lanes.length - MOST_LANES, 'more lane') : '',
    marks.length > MOST_MARKS ? count(marks.length - MOST_MARKS, 'more mark') : '',
  ].filter((part) => part !== '');
  const spans = lanes.flatMap((lane) =>
    lane.spans.map((span) => ({
      at: span.from,
      cells: [clock(span.from), clock(span.to), visible(lane.name), STATE_WORDS[span.state]],
    })),
  );
  const typed = marks.map((mark) => ({
    at: mark.at,
    cells: [clock(mark.at), '', visible(mark.lane ?? ''), visible(mark.label)],
  }));
  const rows = [...spans, ...typed].sort((a, b) => a.at - b.at);
  const told = rows.slice(0, 14).map(({ cells }) => `${cells[0]} ${cells[2]} ${cells[3]}.`);
  return {
    scene: drawing.scene,
    frame: {
      title,
      corner: 'lab time, mm:ss',
      name: `${title.replace(/[.?!:]*$/, '')}: ${lanes.map((lane) => visible(lane.name)).join(', ')}`,
      story: told.join(' ') || 'Nothing was recorded.',
      width: drawing.width,
      bottom: drawing.bottom,
      legend: drawing.legend(),
      remarks: hidden.length === 0 ? [] : [`${hidden.join(' and ')} in the table below the picture.`],
      table: { head: ['from', 'to', 'node', 'state or command'], rows: rows.map(({ cells }) => cells) },
    },
  };
}

const STATE_WORDS: Readonly<Record<NodeState, string>> = {
  running: 'running',
  stopped: 'stopped',
  waiting: 'waiting for a peer',
  dead: 'dead',
  paused: 'paused',
  partitioned: 'partitioned',
};

const AWAY: ReadonlySet<NodeState> = new Set<NodeState>(['stopped', 'waiting', 'dead', 'paused']);

function defaultTitle(lanes: readonly TimelineLane[]): string {
  const away = lanes.filter((lane) => lane.spans.some((span) => AWAY.has(span.state))).length;
  if (away > 0) return `When ${count(away, 'node was', 'nodes were')} not there`;
  const parted = lanes.some((lane) => lane.spans.some((span) => span.state === 'partitioned'));
  return parted ? 'When nodes did not reach each other' : `${count(lanes.length, 'node')}, running all the time`;
}

/** In the order of time; where there are too many, what was done comes before what followed from it. */
function shownMarks(marks: readonly TimelineMark[]): TimelineMark[] {
  const inTime = [...marks].sort((a, b) => a.at - b.at);
  const done = inTime.filter((mark) => !mark.happened);
  const chosen = new Set([...done, ...inTime.filter((mark) => mark.happened)].slice(0, MOST_MARKS));
  return inTime.filter((mark) => chosen.has(mark));
}

class Drawing {
  readonly scene = new Scene();
  readonly width = 800;
  bottom: number;
  private readonly used = new Set<string>();
  private readonly axis: TimeAxis;

  constructor(
    private readonly lanes: readonly TimelineLane[],
    private readonly marks: readonly TimelineMark[],
  ) {
    const times = [
      ...lanes.flatMap((lane) => lane.spans.flatMap((span) => [span.from, span.to])),
      ...marks.map((mark) => mark.at),
    ];
    this.axis = new TimeAxis(times, LEFT, this.width - MARGIN);
    this.bottom = AXIS + 28 + Math.max(1, lanes.length) * LANE;
    let free = 0;
    for (const tick of this.axis.ticks) {
      const at = { x: this.x(tick), y: AXIS + 6 };
      this.scene.straight(at, { x: at.x, y: this.bottom - 8 }, 'kr w1', { layer: 'back', behind: true });
      const words = this.axis.step >= 1000 ? clock(tick).slice(0, 5) : clock(tick);
      const half = textWidth(words, FONTS.key) / 2;
      const middle = Math.min(at.x, this.width - MARGIN - half);
      if (middle - half < free) continue;
      this.scene.text(middle, AXIS, 's m c', words);
      free = middle + half + 6;
    }
  }

  draw(): void {
    for (const [i, lane] of this.lanes.entries()) {
      const y = this.laneTop(i);
      this.scene.text(MARGIN, y + 13, 'm b', visible(lane.name), LEFT - MARGIN - 10);
      const running = lane.spans.reduce((all, span) => (AWAY.has(span.state) ? all : all + span.to - span.from), 0);
      this.scene.text(MARGIN, y + 27, 's', `up ${duration(running)}`, LEFT - MARGIN - 10);
      for (const span of [...lane.spans].sort((a, b) => a.from - b.from)) this.span(span, y);
    }
    for (const { from, to } of this.axis.folds) this.fold((this.x(from) + this.x(to)) / 2, to - from);
    const discs: Place[] = [];
    for (const [i, mark] of this.marks.entries()) this.mark(mark, i + 1, discs);
    if (this.marks.length > 0) this.list();
  }

  private x(at: number): number {
    return this.axis.x(at);
  }

  /** A double zigzag through all lanes, with how long it leaves out. */
  private fold(x: number, length: number): void {
    const [top, bottom] = [AXIS + 8, this.bottom - 8];
    const teeth = Math.max(2, Math.round((bottom - top) / 12));
    const edge = (left: number): string =>
      Array.from(
        { length: teeth + 1 },
        (_, i) => `${n(left + (i % 2 === 0 ? -3 : 3))} ${n(top + ((bottom - top) * i) / teeth)}`,
      ).join('L');
    const [left, right] = [edge(x - 5), edge(x + 5)];
    this.scene.add('front', `<path d="M${left}L${right.split('L').reverse().join('L')}Z" class="fg"/>`);
    this.scene.add('front', `<path d="M${left}M${right}" class="kj w1"/>`);
    this.scene.text(x, AXIS, 's c', `+${foldedTime(length)}`, 74);
    this.used.add('fold');
  }

  private laneTop(index: number): number {
    return AXIS + 18 + LANE * index;
  }

  private span(span: TimelineSpan, y: number): void {
    const left = this.x(span.from);
    const width = Math.max(2, this.x(span.to) - left - 1);
    const bar = (cls: string, dy = 0, height = BAR): string => rectangle({ x: left, y: y + dy, width, height }, cls, 2);
    this.used.add(span.state);
    if (width > 4) this.scene.box({ x: left, y, width, height: BAR });
    this.scene.add('boxes', SPAN_SIGNS[span.state](bar, { left, width, y }));
    const word = span.state === 'waiting' ? 'waiting' : STATE_WORDS[span.state];
    const solid = span.state === 'running';
    const { from, to } = this.freeOfFolds(left, left + width);
    if (textWidth(word, solid ? FONTS.strong : FONTS.word) + 16 > to - from) return;
    const middle = (from + to) / 2;
    if (span.state === 'waiting' || span.state === 'dead' || span.state === 'partitioned') {
      const room = textWidth(word, FONTS.word) + 14;
      const pill = { x: middle - room / 2, y: y + 5, width: room, height: 16 };
      this.scene.add('front', rectangle(pill, 'fg', 8));
    }
    this.scene.text(middle, y + 17.5, solid ? 'c fg b' : 'c', word);
  }

  /** The widest part of a bar that no zigzag runs through. */
  private freeOfFolds(left: number, right: number): { from: number; to: number } {
    const inside = this.axis.folds.map(({ from, to }) => (this.x(from) + this.x(to)) / 2).filter((x) => x > left && x < right);
    const edges = [left, ...inside.flatMap((x) => [x - 10, x + 10]), right];
    let best = { from: left, to: left };
    for (let i = 0; i < edges.length; i += 2) {
      const [from, to] = [edges[i] as number, edges[i + 1] as number];
      if (to - from > best.to - best.from) best = { from, to };
    }
    return best;
  }

  /** A disc below its lane, or between all lanes; further down or to the right when another disc is there already. */
  private mark(mark: TimelineMark, number: number, discs: Place[]): void {
    const x = this.x(mark.at);
    const lane = this.lanes.findIndex((candidate) => candidate.name === mark.lane);
    const top = this.laneTop(Math.max(0, lane));
    const place = freePlace({ x, y: top + 44, apart: number < 10 ? DISC : WIDE_DISC }, discs);
    if (lane >= 0) this.scene.add('front', `<path d="M${n(x)} ${n(top + 28)}l-5 8h10Z" class="fi"/>`);
    else
      this.scene.straight({ x, y: top - 6 }, { x, y: this.laneTop(this.lanes.length - 1) + BAR + 6 }, 'ki w2', {
        layer: 'lines',
        behind: true,
      });
    if (place.x !== x) this.scene.add('boxes', `<path d="M${n(x)} ${n(top + 36)}L${n(place.x)} ${n(place.y)}" class="ki w1"/>`);
    this.scene.add('front', markDisc(place, number, mark));
    discs.push(place);
  }

  /** What was typed, as typed: in two columns, or in one where a line would be cut. */
  private list(): void {
    const radius = this.marks.length < 10 ? 8 : 11.5;
    const gap = radius + 8;
    const time = Math.max(...this.marks.map((mark) => textWidth(clock(mark.at), FONTS.key)));
    const before = radius + gap + time + 8;
    const width = (mark: TimelineMark): number => textWidth(visible(mark.label), mark.happened ? FONTS.word : FONTS.typed);
    const cut = this.marks.some((mark) => MARGIN + before + width(mark) + 8 > SECOND_COLUMN - 8);
    const rows = cut ? this.marks.length : Math.ceil(this.marks.length / 2);
    this.scene.add('back', `<path d="M${MARGIN} ${n(this.bottom)}H${this.width - MARGIN}" class="kr w1"/>`);
    for (const [i, mark] of this.marks.entries()) {
      const x = i < rows ? MARGIN + radius : SECOND_COLUMN;
      const y = this.bottom + 18 + 21 * (i % rows);
      this.scene.add('front', markDisc({ x, y }, i + 1, mark, 8));
      this.scene.text(x + gap, y + 4, 'm s', clock(mark.at));
      const left = x + gap + time + 8;
      this.scene.text(left, y + 4, mark.happened ? '' : 'm', visible(mark.label), this.width - MARGIN - left);
    }
    this.bottom += 21 * rows + 12;
  }

  /** The signs used in this picture, and no others. */
  legend(): LegendItem[] {
    const states = Object.keys(STATE_WORDS) as NodeState[];
    const items = states
      .filter((state) => this.used.has(state))
      .map((state): LegendItem => {
        const draw = (x: number, y: number): string => {
          const bar = (cls: string, dy = 0, height = BAR): string =>
            rectangle({ x, y: y - 6 + (dy * 12) / BAR, width: 28, height: (height * 12) / BAR }, cls, 2);
          return SPAN_SIGNS[state](bar, { left: x, width: 28, y: y - 6, height: 12 });
        };
        return { width: 28, label: STATE_WORDS[state], draw };
      });
    if (this.used.has('fold'))
      items.push({
        width: 14,
        label: 'folded, not to scale',
        draw: (x, y) => `<path d="M${n(x)} ${n(y - 6)}l6 4l-6 4l6 4M${n(x + 8)} ${n(y - 6)}l6 4l-6 4l6 4" class="kj w1"/>`,
      });
    if (this.marks.some((mark) => !mark.happened))
      items.push({
        width: 16,
        label: 'command typed',
        draw: (x, y) => `<circle cx="${n(x + 8)}" cy="${n(y)}" r="8" class="fi"/>`,
      });
    if (this.marks.some((mark) => mark.happened))
      items.push({
        width: 16,
        label: 'what the nodes did',
        draw: (x, y) =>
          `<circle cx="${n(x + 8)}" cy="${n(y)}" r="8" class="fg"/><circle cx="${n(x + 8)}" cy="${n(y)}" r="8" class="ki w2"/>`,
      });
    return items;
  }
}

/** How long a fold is: `1 s`, `40 ms`. */
function foldedTime(ms: number): string {
  return ms < 1000 ? `${commas(Math.round(ms))} ms` : `${commas(Math.round(ms / 1000))} s`;
}

/** Of a disc: it keeps so far away from the one left of it. */
interface Place extends Point {
  readonly apart: number;
}

/** The nearest place for a disc: where it belongs, in the row below, or further right in one of the two rows. */
function freePlace({ x, y, apart }: Place, discs: readonly Place[]): Place {
  const rows = [y, y + 16].map((row): Place => {
    const taken = discs.filter((other) => Math.abs(other.y - row) < 16);
    let at = x;
    for (const other of taken.sort((a, b) => a.x - b.x)) {
      const least = (apart + other.apart) / 2;
      if (Math.abs(other.x - at) < least) at = other.x + least;
    }
    return { x: at, y: row, apart };
  });
  return (rows as [Place, Place]).reduce((best, place) => (place.x < best.x ? place : best));
}

/** A solid disc for what was done, a ring for what followed. */
function markDisc(at: Point, number: number, mark: TimelineMark, radius = 8.5): string {
  if (!mark.happened) return disc(at, number, 'i', radius);
  const ring = numberPlate(at, number, radius - 0.5);
  return `${ring('fg')}${ring('ki w2')}<text x="${n(at.x)}" y="${n(at.y + 4)}" class="c b s fi">${number}</text>`;
}

interface SpanPlace {
  readonly left: number;
  readonly width: number;
  readonly y: number;
  readonly height?: number;
}

type Bar = (cls: string, dy?: number, height?: number) => string;

/** The bar of each state: told apart by shape, the colour comes second. */
const SPAN_SIGNS: Readonly<Record<NodeState, (bar: Bar, place: SpanPlace) => string>> = {
  running: (bar) => bar('fo'),
  stopped: (bar) => bar('fg') + bar('kn w2'),
  paused: (bar, { left, width, y, height = BAR }) => {
    const middle = left + width / 2;
    const pause =
      width > 58 || width < 12
        ? ''
        : `<path d="M${n(middle - 3)} ${n(y + height * 0.25)}v${n(height / 2)}m6 0v-${n(height / 2)}" class="kn w4"/>`;
    return bar('fg') + bar('kn w2 y2') + pause;
  },
  waiting: (bar, place) => `${bar('fg')}${bar('fw t2')}<path d="${hatch(place)}" class="kw w3"/>${bar('kw w2')}`,
  dead: (bar, { left, width, y, height = BAR }) => {
    const middle = y + height / 2;
    const line = `<path d="M${n(left + 2)} ${n(middle)}H${n(left + width)}" class="kn w3 y4"/>`;
    return bar('fg') + line + cross({ x: left, y: middle }, height / 3.25, height < BAR ? 3 : 4);
  },
  partitioned: (bar, { left, width, y, height = BAR }) => {
    const middle = y + height / 2;
    const teeth = Math.max(2, Math.round(width / 8));
    const points = Array.from({ length: teeth + 1 }, (_, i) => {
      const rise = i === 0 || i === teeth ? 0 : i % 2 === 1 ? -height * 0.15 : height * 0.15;
      return `${i === 0 ? 'M' : 'L'}${n(left + (width * i) / teeth)} ${n(middle + rise)}`;
    });
    return `${bar('fg')}${bar('fo', 0, 7.5)}${bar('fo', 18.5, 7.5)}<path d="${points.join('')}" class="kw w3"/>`;
  },
};

/** Diagonal strokes inside a bar, cut at its edges. */
function hatch({ left, width, y, height = BAR }: SpanPlace): string {
  const right = left + width;
  const parts: string[] = [];
  for (let start = left - height + 8; start < right; start += 8) {
    const from = { x: Math.max(start, left), y: y + height - Math.max(0, left - start) };
    const to = { x: Math.min(start + height, right), y: y + Math.max(0, start + height - right) };
    if (to.x > from.x) parts.push(`M${n(from.x)} ${n(from.y)}L${n(to.x)} ${n(to.y)}`);
  }
  return parts.join('');
}
