/**
 * What holds for every picture, checked on its bytes and on its geometry: well-formed, harmless, small, and nothing on top
 * of anything else.
 */
import assert from 'node:assert/strict';
import type { PlacedLine, PlacedText, Point, Rect, Scene } from '../../../lib/draw/scene';

const ELEMENTS = new Set(['svg', 'title', 'desc', 'style', 'rect', 'path', 'circle', 'text', 'tspan', 'g']);
const ATTRIBUTES = new Set([
  ...['xmlns', 'class', 'role', 'aria-label', 'width', 'height', 'viewBox', 'x', 'y', 'rx', 'd', 'cx', 'cy', 'r', 'stroke-width'],
]);

export function svgOf(html: string): string {
  const svg = /<svg[\s\S]*<\/svg>/.exec(html)?.[0];
  assert.ok(svg !== undefined, 'there is no picture');
  return svg;
}

/**
 * Reads markup as XML, strictly, and returns its texts. Throws at the first thing that is not well-formed. What stands in
 * `allowed` may be used and nothing else, so an unescaped name cannot slip through as an element.
 */
export function parseXml(xml: string, allowed = ELEMENTS, attributes = ATTRIBUTES): { texts: string[] } {
  const open: string[] = [];
  const texts: string[] = [];
  const pattern = /<(\/?)([A-Za-z][\w-]*)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/g;
  for (const match of xml.matchAll(pattern)) {
    const [, closing, name, rest, empty, text, stray] = match;
    assert.equal(stray, undefined, `a stray < before ${xml.slice(match.index, match.index + 60)}`);
    if (text !== undefined) {
      if (open.at(-1) !== 'style') checkText(text);
      texts.push(text);
      continue;
    }
    assert.ok(name !== undefined && allowed.has(name), `element ${name} is not one of the picture's`);
    if (closing === '/') {
      assert.equal(open.pop(), name, `</${name}> closes nothing`);
      continue;
    }
    for (const [, attribute, value] of (rest ?? '').matchAll(/([\w-]+)="([^"]*)"/g)) {
      assert.ok(attributes.has(attribute as string), `attribute ${attribute} of ${name} is not one of the picture's`);
      checkText(value as string);
    }
    if (empty !== '/') open.push(name);
  }
  assert.deepEqual(open, [], 'elements stay open');
  return { texts };
}

/** First and last code points that XML refuses, or that turn the reading direction of what follows. */
const UNBEARABLE: ReadonlyArray<readonly [number, number]> = [
  [0x00, 0x08],
  [0x0b, 0x0c],
  [0x0e, 0x1f],
  [0x202a, 0x202e],
  [0x2066, 0x2069],
  [0xd800, 0xdfff],
  [0xfffe, 0xffff],
];

function checkText(text: string): void {
  assert.ok(!/&(?!(?:amp|lt|gt|quot|#39);)/.test(text), `an unescaped & in ${text.slice(0, 60)}`);
  for (const sign of text) {
    const code = sign.codePointAt(0) as number;
    assert.ok(!UNBEARABLE.some(([first, last]) => code >= first && code <= last), `U+${code.toString(16)} in a picture`);
  }
}

/** Rules 8 and 9 of the visual language. */
export function checkMarkup(html: string): void {
  const svg = svgOf(html);
  parseXml(svg);
  assert.ok(svg.length < 40_000 && Buffer.byteLength(svg) < 48_000, `${svg.length} characters are too many`);
  assert.ok(
    !/\bid=|url\(|NaN|Infinity|undefined/.test(svg.replace(/<(title|desc|text)\b[\s\S]*?<\/\1>|aria-label="[^"]*"/g, '')),
    'something a picture must not have',
  );
  const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg) as RegExpExecArray;
  assert.ok(svg.includes(`viewBox="0 0 ${width} ${height}"`), 'drawn at its own size');
  assert.ok(Number(width) <= 900, `${width} px are too wide`);
  assert.ok(html.startsWith('<figure style="overflow-x:auto') && html.includes('<summary>The same as a table</summary>'));
  const words = /<desc>([\s\S]*)<\/desc>/.exec(svg)?.[1] ?? '';
  assert.ok(words.length > 0 && words.split(' ').length <= 100, 'a story of at most 100 words');
  const table = /<table>[\s\S]*<\/table>/.exec(html)?.[0] ?? '';
  parseXml(table, new Set(['table', 'thead', 'tbody', 'tr', 'th', 'td']), new Set(['colspan']));
}

function inset(rect: Rect, by: number): Rect {
  return { x: rect.x + by, y: rect.y + by, width: Math.max(0, rect.width - 2 * by), height: Math.max(0, rect.height - 2 * by) };
}

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function inside(inner: Rect, outer: Rect): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** Whether a straight piece touches a rectangle (Liang and Barsky). */
function touches(a: Point, b: Point, rect: Rect): boolean {
  let from = 0;
  let to = 1;
  const edges: [number, number][] = [
    [a.x - b.x, a.x - rect.x],
    [b.x - a.x, rect.x + rect.width - a.x],
    [a.y - b.y, a.y - rect.y],
    [b.y - a.y, rect.y + rect.height - a.y],
  ];
  for (const [p, q] of edges) {
    if (p === 0) {
      if (q < 0) return false;
    } else if (p < 0) {
      from = Math.max(from, q / p);
    } else {
      to = Math.min(to, q / p);
    }
  }
  return from <= to;
}

function crosses(line: PlacedLine, rect: Rect): boolean {
  return line.points.some((point, i) => i > 0 && touches(line.points[i - 1] as Point, point, rect));
}

function say({ text, rect }: PlacedText): string {
  return `"${text}" at ${rect.x.toFixed(0)},${rect.y.toFixed(0)} (${rect.width.toFixed(0)} wide)`;
}

function where(rect: Rect): string {
  return `${rect.x.toFixed(0)},${rect.y.toFixed(0)} ${rect.width.toFixed(0)} x ${rect.height.toFixed(0)}`;
}

/** Nothing overlaps, nothing is clipped, no line crosses a text or a box it does not belong to. */
export function checkGeometry(scene: Scene, html: string): void {
  const [, width, height] = (/width="([\d.]+)" height="([\d.]+)"/.exec(html) as RegExpExecArray).map(Number) as [
    number,
    number,
    number,
  ];
  const page = { x: 0, y: 0, width, height };
  for (const [i, text] of scene.texts.entries()) {
    const rect = inset(text.rect, 0.6);
    assert.ok(inside(rect, page), `${say(text)} is clipped`);
    for (const other of scene.texts.slice(i + 1))
      assert.ok(!overlap(rect, inset(other.rect, 0.6)), `${say(text)} meets ${say(other)}`);
    const owner = scene.boxes.find((box) => inside(rect, box));
    for (const box of scene.boxes) assert.ok(box === owner || !overlap(rect, box), `${say(text)} meets the box ${where(box)}`);
    for (const line of scene.lines) {
      if (line.behind && (text.halo || owner !== undefined)) continue;
      assert.ok(!crosses(line, inset(text.rect, 1)), `a line runs through ${say(text)}`);
    }
  }
  for (const [i, box] of scene.boxes.entries()) {
    assert.ok(inside(box, page), `the box ${where(box)} is clipped`);
    for (const other of scene.boxes.slice(i + 1))
      assert.ok(!overlap(box, other), `boxes ${where(box)} and ${where(other)} overlap`);
    for (const line of scene.lines) {
      if (line.behind) continue;
      const ends = [line.points[0] as Point, line.points.at(-1) as Point];
      const own = ends.some((end) => touches(end, end, inset(box, -12)));
      assert.ok(own || !crosses(line, inset(box, 2)), `a line crosses the box ${where(box)}`);
    }
  }
}
