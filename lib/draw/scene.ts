/**
 * A picture while it is being drawn: SVG text in four layers, and beside it the geometry of every box, text and line. The
 * tests read the geometry and prove that nothing overlaps; the drawing code reads it to find free places.
 */
import { coordinate as n, escape, type Font, shorten, textWidth } from './words';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A colour of the sheet by its letter: data, ok, wait, lost, focus, dead (x), down (n), ink, second ink, ground, hairline. */
export type Ink = 'd' | 'o' | 'w' | 'l' | 'f' | 'x' | 'n' | 'i' | 'j' | 'g' | 'r';

/** Drawn in this order: what lies behind, lines, boxes, and what stands on top of them. */
export const LAYERS = ['back', 'lines', 'boxes', 'front'] as const;
export type Layer = (typeof LAYERS)[number];

export interface Run {
  readonly text: string;
  readonly cls: string;
}

export interface PlacedText {
  readonly text: string;
  readonly rect: Rect;
  /** With a halo of the ground a text may stand on a line that only passes behind it. */
  readonly halo: boolean;
}

export interface PlacedLine {
  readonly points: readonly Point[];
  /** A line of the ground, such as a lifeline, on which texts with a halo may stand. */
  readonly behind: boolean;
}

export function fontOf(cls: string): Font {
  const words = cls.split(' ');
  const title = words.includes('h');
  return { size: title ? 15 : words.includes('s') ? 11 : 12, mono: words.includes('m'), bold: title || words.includes('b') };
}

export class Scene {
  readonly boxes: Rect[] = [];
  readonly texts: PlacedText[] = [];
  readonly lines: PlacedLine[] = [];
  private readonly layers: Record<Layer, string[]> = { back: [], lines: [], boxes: [], front: [] };

  /** Adds SVG as it stands. */
  add(layer: Layer, svg: string): void {
    this.layers[layer].push(svg);
  }

  /** Notes a box, so that no text or line may cross it. The caller draws it. */
  box(rect: Rect): void {
    this.boxes.push(rect);
  }

  /** Draws a line along `d` and notes the points it runs through. */
  line(d: string, cls: string, points: readonly Point[], options: { layer?: Layer; behind?: boolean } = {}): void {
    this.add(options.layer ?? 'lines', `<path d="${d}" class="${cls}"/>`);
    this.lines.push({ points, behind: options.behind ?? false });
  }

  /** A straight line. */
  straight(from: Point, to: Point, cls: string, options: { layer?: Layer; behind?: boolean } = {}): void {
    this.line(`M${n(from.x)} ${n(from.y)}L${n(to.x)} ${n(to.y)}`, cls, [from, to], options);
  }

  /**
   * Writes text with its base line at `y`, shortened to `max` pixels; '' is not written. Classes: `s` small, `m` monospace,
   * `b` bold, `e` ends at x, `c` is centred on x. Returns the width it reckons with.
   */
  text(x: number, y: number, cls: string, text: string, max = Number.POSITIVE_INFINITY, layer: Layer = 'front'): number {
    return this.runs(x, y, cls, [{ text, cls: '' }], max, layer);
  }

  /** As `text`, in several styles; the last run is shortened first. */
  runs(x: number, y: number, cls: string, runs: readonly Run[], max = Number.POSITIVE_INFINITY, layer: Layer = 'front'): number {
    const fitted: Run[] = [];
    let width = 0;
    for (const run of runs) {
      const font = fontOf(`${cls} ${run.cls}`);
      const text = shorten(run.text, max - width, font);
      if (text === '') continue;
      width += textWidth(text, font);
      fitted.push({ text, cls: run.cls });
    }
    if (fitted.length === 0) return 0;
    const words = cls.split(' ');
    const left = words.includes('e') ? x - width : words.includes('c') ? x - width / 2 : x;
    const { size } = fontOf(cls);
    const whole = fitted.map((run) => run.text).join('');
    const rect = { x: left, y: y - size * 0.76, width, height: size * 0.98 };
    this.texts.push({ text: whole, rect, halo: words.includes('hl') });
    const inner = fitted.length === 1 && fitted[0]?.cls === '' ? escape(whole) : fitted.map(span).join('');
    this.add(layer, `<text x="${n(x)}" y="${n(y)}"${cls === '' ? '' : ` class="${cls}"`}>${inner}</text>`);
    return width;
  }

  /** Whether a text with a halo may stand here: on no text, no box, and no line but those of the ground. */
  isFree(rect: Rect): boolean {
    const taken = [...this.texts.map((text) => text.rect), ...this.boxes];
    if (taken.some((other) => meets(other, rect))) return false;
    return !this.lines.some(
      ({ points, behind }) => !behind && points.some((point, i) => i > 0 && runsThrough(points[i - 1] as Point, point, rect)),
    );
  }

  toString(): string {
    return LAYERS.flatMap((layer) => this.layers[layer]).join('\n');
  }
}

export function meets(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Whether the straight line from `a` to `b` touches the rectangle: cuts it down to the part inside each pair of edges. */
function runsThrough(a: Point, b: Point, rect: Rect): boolean {
  let [from, to] = [0, 1];
  for (const [start, way, low, high] of [
    [a.x, b.x - a.x, rect.x, rect.x + rect.width],
    [a.y, b.y - a.y, rect.y, rect.y + rect.height],
  ] as const) {
    if (way === 0) {
      if (start < low || start > high) return false;
      continue;
    }
    const [enter, leave] = [(low - start) / way, (high - start) / way];
    from = Math.max(from, Math.min(enter, leave));
    to = Math.min(to, Math.max(enter, leave));
  }
  return from <= to;
}

function span(run: Run): string {
  return run.cls === '' ? escape(run.text) : `<tspan class="${run.cls}">${escape(run.text)}</tspan>`;
}
