/** Quantities over time: one panel a unit, or one a line when there are many; lines are labelled directly. */
import { figure, type Frame, MARGIN } from './frame';
import {
  isCount,
  MOST_POINTS,
  ordered,
  type Points,
  polyline,
  type Scale,
  steps,
  thinned,
  tickText,
  timeScale,
  timeUnit,
  valueScale,
} from './plot-scale';
import { type LineName, SAMPLE_ROOM, writeLineNames } from './plot-labels';
import { type Ink, Scene } from './scene';
import { cross, disc } from './signs';
import type { Table } from './table';
import { clock, commas, coordinate as n, count, FONTS, textWidth, visible } from './words';

/** One line: a name, a unit and points `[lab ms, value]` in any order. */
export interface PlotSeries {
  readonly name: string;
  readonly unit: string;
  readonly points: Points;
}

/** An event that all panels show. A fault is drawn in the colour of losses. */
export interface PlotMark {
  /** Lab time in milliseconds. */
  readonly at: number;
  readonly label: string;
  readonly fault?: boolean;
}

export const MOST_PANELS = 6;
const LINES_OF_A_PANEL = 4;
const MOST_MARKS = 12;
/** Characters that all lines together may take, so that the picture stays below 40 KB. */
const LINE_BUDGET = 24_000;

/**
 * Draws series over lab time, small multiples when their units differ, with `marks` across all panels. At most 6 panels
 * and 200 points a line (of more, the least and the greatest of each slot). Returns an HTML figure with the same as a table.
 */
export function drawPlot(title: string, series: readonly PlotSeries[], marks: readonly PlotMark[] = []): string {
  const { scene, frame } = sceneOfPlot(title, series, marks);
  return figure(scene, frame);
}

interface Line {
  readonly name: string;
  readonly unit: string;
  readonly all: Points;
  readonly points: Points;
  /** A count holds until it changes; what is measured goes from one value to the next. */
  readonly steps: boolean;
}

interface Panel {
  readonly unit: string;
  readonly lines: readonly Line[];
  /** The name above the panel, when it has one line of several panels with the same unit. */
  readonly heading: string;
}

/** The picture with its geometry, for tests. */
export function sceneOfPlot(
  title: string,
  series: readonly PlotSeries[],
  marks: readonly PlotMark[] = [],
): { scene: Scene; frame: Frame; drawn: number } {
  const { panels, small } = panelsOf(series);
  const drawn = panels.reduce((all, panel) => all + panel.lines.length, 0);
  const drawing = new Drawing(panels, small, marks);
  drawing.draw();
  const unit = timeUnit(drawing.time);
  const hidden = series.length - drawn;
  const thin = panels.some((panel) => panel.lines.some((line) => line.points.length < line.all.length));
  const remarks = [
    small && panels.length > 1 ? 'All panels have the same scales, so heights can be compared.' : '',
    thin ? 'Of many points the least and the greatest of each moment are drawn.' : '',
    hidden > 0 ? `${count(hidden, 'more line')} in the table below the picture.` : '',
    ...drawing.list(),
  ];
  const names = series.map((line) => visible(line.name)).join(', ');
  const frame: Frame = {
    title,
    corner: `${small ? `${panels[0]?.unit} · ` : ''}lab time in ${unit.name}`,
    name: `${title.replace(/[.?!:]*$/, '')}: ${names === '' ? 'no data' : names}`,
    story: story(series, marks),
    width: drawing.width,
    bottom: drawing.bottom,
    legend: [],
    remarks: remarks.filter((remark) => remark !== ''),
    table: plotTable(series, marks),
  };
  return { scene: drawing.scene, frame, drawn };
}

function greatest(points: Points): number {
  return points.reduce((most, [, value]) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}

/** The lines with the largest values first, if not all can be shown; in the given order. */
function choose<T extends { readonly all: Points }>(lines: readonly T[], most: number): T[] {
  if (lines.length <= most) return [...lines];
  const kept = new Set([...lines].sort((a, b) => greatest(b.all) - greatest(a.all)).slice(0, most));
  return lines.filter((line) => kept.has(line));
}

function panelsOf(series: readonly PlotSeries[]): { panels: Panel[]; small: boolean } {
  const raw = series.map((line) => ({ name: visible(line.name), unit: visible(line.unit), all: ordered(line.points) }));
  const units = [...new Set(raw.map((line) => line.unit))].slice(0, MOST_PANELS);
  const small = units.length === 1 && raw.length > LINES_OF_A_PANEL;
  const groups = small
    ? choose(raw, MOST_PANELS).map((line) => [line])
    : units.map((unit) =>
        choose(
          raw.filter((line) => line.unit === unit),
          LINES_OF_A_PANEL,
        ),
      );
  const lines = groups.reduce((all, group) => all + group.length + (group.length === 1 ? 1 : 0), 0);
  const most = Math.min(MOST_POINTS, Math.max(20, Math.floor(LINE_BUDGET / 12 / Math.max(1, lines))));
  const panels = groups.map((group) => ({
    unit: (group[0] as { unit: string }).unit,
    lines: group.map((line) => ({ ...line, points: thinned(line.all, most), steps: isCount(line.unit, line.all) })),
    heading: small ? (group[0] as { name: string }).name : '',
  }));
  return { panels, small };
}

/** What a name says about the colour, if it says anything. */
function meantInk(name: string): Ink | undefined {
  if (/\b(lost|dropped|failed|returned|nacked)\b/i.test(name)) return 'l';
  if (/dead/i.test(name)) return 'x';
  return /deliver|consum|ack|confirm/i.test(name) && !/unack/i.test(name) ? 'o' : undefined;
}

/** Colours for lines whose names say nothing: none that means something but that of messages, which most lines count. */
const PLAIN_INKS: readonly Ink[] = ['d', 'j', 'i'];

/** A colour for each line of a panel. What means something goes to the first line that means it; the plain ones come round. */
function inksOf(names: readonly string[]): Ink[] {
  const inks: (Ink | undefined)[] = names.map(meantInk);
  let plain = 0;
  return inks.map((ink, i) =>
    ink !== undefined && inks.indexOf(ink) === i ? ink : (PLAIN_INKS[plain++ % PLAIN_INKS.length] as Ink),
  );
}

const DASHES = ['', ' y1', ' y3', ' y2'];
const LEFT = 72;
const UNIT_ROOM = 160;
const TOP = 72;
/** Between the rows of panels: time axis, heading, and the numbers of marks. */
const BETWEEN = 44;
const NUMBERS = 20;

interface Plot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

class Drawing {
  readonly scene = new Scene();
  readonly width = 800;
  readonly time: Scale;
  bottom = TOP + 80;
  private readonly scales = new Map<string, Scale>();
  private readonly columns: number;
  private readonly labelRoom: number;
  private readonly numbered: ReadonlyArray<{ readonly marks: readonly PlotMark[]; readonly number: number }>;
  private readonly levels: ReadonlyMap<PlotMark, number>;
  private readonly marks: readonly PlotMark[];

  constructor(
    private readonly panels: readonly Panel[],
    private readonly small: boolean,
    marks: readonly PlotMark[],
  ) {
    this.time = timeScale(panels.flatMap((panel) => panel.lines.flatMap((line) => line.points.map(([at]) => at))));
    for (const unit of new Set(panels.map((panel) => panel.unit))) {
      const values = panels.flatMap((panel) =>
        panel.unit === unit ? panel.lines.flatMap((line) => line.points.map(([, value]) => value)) : [],
      );
      this.scales.set(unit, valueScale(values));
    }
    this.columns = panels.length <= 3 ? 1 : small && panels.length > 4 ? 3 : 2;
    const labels = panels.flatMap((panel) =>
      panel.lines.map((line) => textWidth(this.labelOf(panel, line), FONTS.small) + (panel.lines.length > 1 ? SAMPLE_ROOM : 0)),
    );
    this.labelRoom = Math.min(this.columns === 1 ? 196 : 106, Math.max(0, ...labels)) + 14;
    const inside = marks.filter((mark) => mark.at >= this.time.low && mark.at <= this.time.high);
    this.marks = [...inside].sort((a, b) => a.at - b.at).slice(0, MOST_MARKS);
    const levels = this.columns === 1 ? this.markLevels() : undefined;
    this.levels = levels ?? new Map();
    this.numbered = levels === undefined ? this.markGroups() : [];
  }

  draw(): void {
    if (this.panels.length === 0) {
      this.scene.text(MARGIN, TOP + 20, 's', 'There is nothing to plot yet.');
      return;
    }
    const band = this.numbers + this.labelled;
    const height = this.columns === 1 ? ([0, 210, 130, 100][this.panels.length] as number) : 104;
    const each = (this.width - MARGIN - LEFT + this.between) / this.columns;
    for (const [i, panel] of this.panels.entries()) {
      const column = i % this.columns;
      const row = Math.floor(i / this.columns);
      const y = TOP + band + row * (height + BETWEEN + this.numbers);
      const plot = { x: Math.round(LEFT + column * each), y, width: Math.floor(each - this.between - this.labelRoom), height };
      const last = i + this.columns >= this.panels.length;
      this.panel(panel, plot, column === 0 || !this.small, last, i);
      this.bottom = Math.max(this.bottom, y + height + 30);
    }
  }

  /** Space between columns of panels: wider where each has its own numbers at the axis. */
  private get between(): number {
    return this.small ? 34 : 66;
  }

  /** Height of the labels of marks above the first panel. */
  private get labelled(): number {
    return this.levels.size === 0 ? 0 : 15 * (1 + Math.max(...this.levels.values()));
  }

  private get numbers(): number {
    return this.numbered.length > 0 ? NUMBERS : 0;
  }

  private labelOf(panel: Panel, line: Line): string {
    const last = line.points.at(-1);
    const scale = this.scales.get(panel.unit);
    const value = last === undefined || scale === undefined ? 'no data' : tickText(last[1], scale.step / 100);
    return panel.heading === '' ? `${line.name} ${value}` : value;
  }

  private panel(panel: Panel, plot: Plot, labelled: boolean, last: boolean, index: number): void {
    const scale = this.scales.get(panel.unit) as Scale;
    const x = (at: number): number => plot.x + ((at - this.time.low) / (this.time.high - this.time.low)) * plot.width;
    const y = (value: number): number => plot.y + plot.height - ((value - scale.low) / (scale.high - scale.low)) * plot.height;
    for (const tick of scale.ticks) {
      const from = { x: plot.x, y: y(tick) };
      this.scene.straight(from, { x: plot.x + plot.width, y: from.y }, tick === 0 ? 'ki w1 q' : 'kr w1', {
        layer: 'back',
        behind: true,
      });
      if (labelled) this.scene.text(plot.x - 8, from.y + 4, 's e', tickText(tick, scale.step), 52);
    }
    const top = plot.y - 14 - this.numbers - (index === 0 ? this.labelled : 0);
    if (panel.heading === '') this.scene.text(this.columns === 1 ? MARGIN : plot.x - 48, top, 's b', panel.unit, UNIT_ROOM);
    else this.scene.text(plot.x, top, 'm b', panel.heading, plot.width);
    const unit = timeUnit(this.time);
    let free = plot.x - 8;
    for (const tick of last ? this.time.ticks : []) {
      const at = x(tick);
      const text = tickText(tick / unit.ms, this.time.step / unit.ms);
      const width = textWidth(text, FONTS.small);
      const left = Math.min(Math.max(at - width / 2, plot.x), plot.x + plot.width - width);
      if (left < free) continue;
      this.scene.text(left, plot.y + plot.height + 16, 's', text);
      free = left + width + 8;
    }
    this.marksOf(plot, x, index);
    const names: LineName[] = [];
    const inks = inksOf(panel.lines.map((line) => line.name));
    for (const [i, line] of panel.lines.entries()) {
      const ink = inks[i] as Ink;
      const stroke = `k${ink} w3${DASHES[i] ?? ''}`;
      const measured = line.points.map(([at, value]) => ({ x: x(at), y: y(value) }));
      const points = line.steps ? steps(measured) : measured;
      const end = points.at(-1);
      names.push({ text: this.labelOf(panel, line), end, sample: panel.lines.length > 1 ? stroke : '' });
      if (end === undefined) continue;
      const d = polyline(points);
      if (panel.lines.length === 1 && points.length > 1 && scale.low === 0) {
        const base = n(plot.y + plot.height);
        this.scene.add(
          'lines',
          `<path d="${d}L${n(end.x)} ${base}L${n((points[0] as { x: number }).x)} ${base}Z" class="f${ink} t2"/>`,
        );
      }
      if (points.length > 1) this.scene.line(d, stroke, points);
      this.scene.add('front', `<circle cx="${n(end.x)}" cy="${n(end.y)}" r="3" class="f${ink}"/>`);
    }
    writeLineNames(this.scene, names, plot, this.labelRoom);
  }

  private marksOf(plot: Plot, x: (at: number) => number, index: number): void {
    const top = plot.y - 6;
    for (const mark of this.marks) {
      const at = x(mark.at);
      const cls = mark.fault ? 'kl w2' : 'kj w1 y5';
      const level = this.levels.get(mark);
      const from = index === 0 && level !== undefined ? top - 4 - 15 * level : top;
      this.scene.straight({ x: at, y: from }, { x: at, y: plot.y + plot.height }, cls, { behind: true });
      if (mark.fault && index === 0) this.scene.add('front', cross({ x: at, y: from }, 4));
      if (index === 0 && level !== undefined) {
        const text = visible(mark.label);
        const left = this.markLeft(mark, plot.x, plot.width);
        this.scene.text(left, from + 4, mark.fault ? 's b fl hl' : 's hl', text, 260);
      }
    }
    for (const group of this.numbered)
      this.scene.add('front', disc({ x: x((group.marks[0] as PlotMark).at), y: plot.y - 11 }, group.number));
  }

  private markWidth(mark: PlotMark): number {
    return Math.min(260, textWidth(visible(mark.label), mark.fault ? FONTS.smallStrong : FONTS.small));
  }

  /** Right of its line, or left of it near the end of the axis. */
  private markLeft(mark: PlotMark, left: number, width: number): number {
    const at = left + ((mark.at - this.time.low) / (this.time.high - this.time.low)) * width;
    const room = this.width - MARGIN - at - 10;
    return this.markWidth(mark) <= room ? at + 8 : at - 8 - this.markWidth(mark);
  }

  /** Heights of the labels above the first panel, so that none meets another; undefined when three rows are not enough. */
  private markLevels(): Map<PlotMark, number> | undefined {
    const levels = new Map<PlotMark, number>();
    const width = this.width - MARGIN - LEFT - this.labelRoom;
    const taken: { level: number; from: number; to: number }[] = [];
    for (const mark of this.marks) {
      const at = LEFT + ((mark.at - this.time.low) / (this.time.high - this.time.low)) * width;
      const left = this.markLeft(mark, LEFT, width);
      const from = Math.min(left, at) - 10;
      const to = Math.max(left + this.markWidth(mark), at) + 10;
      const level = [0, 1, 2].find(
        (candidate) => !taken.some((other) => other.level >= candidate && other.from < to && other.to > from),
      );
      if (level === undefined) return undefined;
      taken.push({ level, from, to });
      levels.set(mark, level);
    }
    return levels;
  }

  /** Marks that would touch share a number. */
  private markGroups(): { marks: PlotMark[]; number: number }[] {
    const width = (this.width - MARGIN - LEFT + this.between) / this.columns - this.between - this.labelRoom;
    const groups: { marks: PlotMark[]; number: number }[] = [];
    for (const mark of this.marks) {
      const group = groups.at(-1);
      const near =
        group !== undefined && ((mark.at - (group.marks[0] as PlotMark).at) / (this.time.high - this.time.low)) * width < 20;
      if (near) group.marks.push(mark);
      else groups.push({ marks: [mark], number: groups.length + 1 });
    }
    return groups;
  }

  /** What the numbers stand for, one line each. */
  list(): string[] {
    return this.numbered.map(
      ({ marks, number }) => `${number}: ${marks.map((mark) => `${clock(mark.at)} ${visible(mark.label)}`).join('; ')}`,
    );
  }
}

function story(series: readonly PlotSeries[], marks: readonly PlotMark[]): string {
  const lines = series.map((line) => {
    const points = ordered(line.points);
    const [first] = points;
    const last = points.at(-1);
    if (first === undefined || last === undefined) return `${visible(line.name)} has no data.`;
    const values = `from ${commas(first[1], 2)} to ${commas(last[1], 2)} ${visible(line.unit)}`;
    const span = `between ${clock(first[0])} and ${clock(last[0])}`;
    return `${visible(line.name)} goes ${values} ${span}, at most ${commas(greatest(points), 2)}.`;
  });
  const events = marks.slice(0, 4).map((mark) => `${clock(mark.at)}: ${visible(mark.label)}.`);
  return [...lines, ...events].join(' ') || 'No data.';
}

/** One row a moment, one column a line, the events at their moments. */
function plotTable(series: readonly PlotSeries[], marks: readonly PlotMark[]): Table {
  const lines = series.map((line) => thinned(ordered(line.points)));
  const times = new Set([...lines.flatMap((points) => points.map(([at]) => at)), ...marks.map((mark) => mark.at)]);
  const values = lines.map((points) => new Map(points));
  const rows = [...times]
    .sort((a, b) => a - b)
    .map((at) => {
      const labels = marks.filter((mark) => mark.at === at).map((mark) => visible(mark.label));
      const cells = values.map((known) => (known.has(at) ? commas(known.get(at) as number, 3) : ''));
      return [clock(at), ...cells, labels.join(', ')];
    });
  return { head: ['time', ...series.map((line) => `${visible(line.name)}, ${visible(line.unit)}`), 'event'], rows };
}
