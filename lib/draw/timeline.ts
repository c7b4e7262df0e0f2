/** Node states over time: one lane a node, one bar a state, what was done as numbered discs with a list below. */
import { CONTENT_TOP, figure, type Frame, type LegendItem, MARGIN } from './frame';
import { timeScale } from './plot-scale';
import { Scene } from './scene';
import { cross, disc, rectangle } from './signs';
import { clock, coordinate as n, count, duration, FONTS, textWidth, visible } from './words';

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
}

const LEFT = 124;
const BAR = 26;
const LANE = 70;
const AXIS = CONTENT_TOP + 18;
const MOST_LANES = 12;
const MOST_MARKS = 12;

/** Draws node states over lab time. Up to 12 lanes and 12 marks are drawn; all of them are in the table. */
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
  const drawing = new Drawing(shown, [...marks].sort((a, b) => a.at - b.at).slice(0, MOST_MARKS));
  drawing.draw();
  const title = options.title ?? defaultTitle(lanes);
  const hidden = [
    lanes.length > MOST_LANES ? count(lanes.length - MOST_LANES, 'more lane') : '',
    marks.length > MOST_MARKS ? count(marks.length - MOST_MARKS, 'more command') : '',
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

function defaultTitle(lanes: readonly TimelineLane[]): string {
  const down = lanes.filter((lane) => lane.spans.some((span) => span.state !== 'running')).length;
  return down === 0
    ? `${count(lanes.length, 'node')}, running all the time`
    : `When ${count(down, 'node was', 'nodes were')} not there`;
}

class Drawing {
  readonly scene = new Scene();
  readonly width = 800;
  bottom: number;
  private readonly used = new Set<string>();
  private readonly low: number;
  private readonly high: number;

  constructor(
    private readonly lanes: readonly TimelineLane[],
    private readonly marks: readonly TimelineMark[],
  ) {
    const times = [
      ...lanes.flatMap((lane) => lane.spans.flatMap((span) => [span.from, span.to])),
      ...marks.map((mark) => mark.at),
    ];
    const scale = timeScale(
      times.filter((time) => Number.isFinite(time)),
      7,
    );
    this.low = scale.low;
    this.high = scale.high;
    this.bottom = AXIS + 28 + Math.max(1, lanes.length) * LANE;
    for (const tick of scale.ticks) {
      const at = { x: this.x(tick), y: AXIS + 6 };
      this.scene.straight(at, { x: at.x, y: this.bottom - 8 }, 'kr w1', { layer: 'back', behind: true });
      const anchor = at.x > this.width - MARGIN - 30 ? 'e' : 'c';
      this.scene.text(at.x, AXIS, `s m ${anchor}`, scale.step >= 1000 ? clock(tick).slice(0, 5) : clock(tick));
    }
  }

  draw(): void {
    for (const [i, lane] of this.lanes.entries()) {
      const y = this.laneTop(i);
      this.scene.text(MARGIN, y + 13, 'm b', visible(lane.name), LEFT - MARGIN - 10);
      const running = lane.spans.reduce((all, span) => (span.state === 'running' ? all + span.to - span.from : all), 0);
      this.scene.text(MARGIN, y + 27, 's', `up ${duration(running)}`, LEFT - MARGIN - 10);
      for (const span of [...lane.spans].sort((a, b) => a.from - b.from)) this.span(span, y);
    }
    const discs: { x: number; y: number }[] = [];
    for (const [i, mark] of this.marks.entries()) this.mark(mark, i + 1, discs);
    if (this.marks.length > 0) this.list();
  }

  private x(at: number): number {
    return LEFT + ((at - this.low) / (this.high - this.low)) * (this.width - MARGIN - LEFT);
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
    if (textWidth(word, solid ? FONTS.strong : FONTS.word) + 16 > width) return;
    if (span.state === 'waiting' || span.state === 'dead' || span.state === 'partitioned') {
      const room = textWidth(word, FONTS.word) + 14;
      this.scene.add(
        'front',
        `<rect x="${n(left + width / 2 - room / 2)}" y="${n(y + 5)}" width="${n(room)}" height="16" rx="8" class="fg"/>`,
      );
    }
    this.scene.text(left + width / 2, y + 17.5, solid ? 'c fg b' : 'c', word);
  }

  /** A disc below its lane, or between all lanes; further down when another disc is there already. */
  private mark(mark: TimelineMark, number: number, discs: { x: number; y: number }[]): void {
    const x = this.x(mark.at);
    const lane = this.lanes.findIndex((candidate) => candidate.name === mark.lane);
    const top = this.laneTop(Math.max(0, lane));
    const near = discs.filter((other) => Math.abs(other.x - x) < 18 && Math.abs(other.y - (top + 44)) < 30).length;
    const y = top + 44 + (near % 2) * 16;
    if (lane >= 0) this.scene.add('front', `<path d="M${n(x)} ${n(top + 28)}l-5 8h10Z" class="fi"/>`);
    else
      this.scene.straight({ x, y: top - 6 }, { x, y: this.laneTop(this.lanes.length - 1) + BAR + 6 }, 'ki w2', {
        layer: 'lines',
        behind: true,
      });
    this.scene.add('front', disc({ x, y }, number));
    discs.push({ x, y: top + 44 });
  }

  /** Two columns of what was typed, as typed. */
  private list(): void {
    const half = Math.ceil(this.marks.length / 2);
    this.scene.add('back', `<path d="M${MARGIN} ${n(this.bottom)}H${this.width - MARGIN}" class="kr w1"/>`);
    for (const [i, mark] of this.marks.entries()) {
      const x = i < half ? MARGIN + 8 : 416;
      const y = this.bottom + 18 + 21 * (i % half);
      this.scene.add('front', disc({ x, y }, i + 1, 'i', 8));
      const time = this.scene.text(x + 16, y + 4, 'm s', clock(mark.at));
      this.scene.text(x + 24 + time, y + 4, 'm', visible(mark.label), 392 - 40 - time);
    }
    this.bottom += 21 * half + 12;
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
    if (this.marks.length > 0)
      items.push({
        width: 16,
        label: 'command typed',
        draw: (x, y) => `<circle cx="${n(x + 8)}" cy="${n(y)}" r="8" class="fi"/>`,
      });
    return items;
  }
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
      width > 90 || width < 12
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
