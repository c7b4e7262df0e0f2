/**
 * The signs of the course, each a function to SVG. Shape comes first and colour second: printed in grey, no two of them
 * look alike. No sign has an id, so pictures of many cells can share a page.
 */
import type { Ink, Point, Rect } from './scene';
import { coordinate as n } from './words';

/** A rectangle, with round corners when a radius is given. */
export function rectangle({ x, y, width, height }: Rect, cls: string, radius?: number): string {
  const round = radius === undefined ? '' : ` rx="${n(radius)}"`;
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}"${round} class="${cls}"/>`;
}

export type Direction = 'right' | 'left' | 'down' | 'up';

/** The full arrowhead of messages, 8 x 7, its point at `tip`. */
export function fullArrow({ x, y }: Point, ink: Ink, direction: Direction = 'right'): string {
  return `<path d="${head(x, y, direction, 8, 3.6)}Z" class="f${ink}"/>`;
}

/** The open arrowhead of bindings and of the control plane, as path data to add to its line. */
export function openArrow({ x, y }: Point, direction: Direction = 'right'): string {
  const back = direction === 'right' || direction === 'down' ? -8 : 8;
  return direction === 'left' || direction === 'right'
    ? `M${n(x + back)} ${n(y + 3.6)}L${n(x)} ${n(y)}L${n(x + back)} ${n(y - 3.6)}`
    : `M${n(x - 3.6)} ${n(y + back)}L${n(x)} ${n(y)}L${n(x + 3.6)} ${n(y + back)}`;
}

function head(x: number, y: number, direction: Direction, length: number, half: number): string {
  const back = direction === 'right' || direction === 'down' ? -length : length;
  return direction === 'left' || direction === 'right'
    ? `M${n(x)} ${n(y)}L${n(x + back)} ${n(y + half)}L${n(x + back)} ${n(y - half)}`
    : `M${n(x)} ${n(y)}L${n(x - half)} ${n(y + back)}L${n(x + half)} ${n(y + back)}`;
}

export interface MessageLook {
  /** A second outline behind: delivered or published again. */
  readonly again?: boolean;
  /** Dashed and crossed. */
  readonly lost?: boolean;
  /** Filled corner: dead-lettered. */
  readonly dead?: boolean;
}

/** A message: an envelope of 18 x 12, its top left corner at `at`. */
export function envelope({ x, y }: Point, ink: Ink, look: MessageLook = {}): string {
  const rect = (dx: number, dy: number, cls: string): string =>
    rectangle({ x: x + dx, y: y + dy, width: 18, height: 12 }, cls, 2);
  const parts: string[] = [];
  if (look.again) parts.push(rect(3.5, -3.5, 'fg'), rect(3.5, -3.5, `k${ink} w2`));
  parts.push(rect(0, 0, 'fg'), rect(0, 0, `f${ink} t2`), rect(0, 0, `k${ink} w2${look.lost ? ' y5' : ''}`));
  parts.push(`<path d="M${n(x + 1.5)} ${n(y + 2)}L${n(x + 9)} ${n(y + 7.2)}L${n(x + 16.5)} ${n(y + 2)}" class="k${ink} w2"/>`);
  if (look.lost) parts.push(cross({ x: x + 9, y: y + 6 }, 7));
  if (look.dead) parts.push(`<path d="M${n(x + 18)} ${n(y + 5)}v7h-7Z" class="f${ink}"/>`);
  return parts.join('');
}

/** The cross of what is lost, cut or killed. */
export function cross({ x, y }: Point, half: number, weight: 3 | 4 = 3): string {
  const size = n(2 * half);
  const d = `M${n(x - half)} ${n(y - half)}l${size} ${size}M${n(x + half)} ${n(y - half)}l-${size} ${size}`;
  return `<path d="${d}" class="kl w${weight}"/>`;
}

/** A client (producer, consumer): round corners; its triangles say whether it sends and receives. */
export function clientBox(rect: Rect, look: { sends?: boolean; receives?: boolean; down?: boolean } = {}): string {
  const { x, y, width, height } = rect;
  const middle = y + height / 2;
  const parts = panel(rect, 10, look.down ? 'kn w2 y2' : 'ki w2 u', !look.down);
  const triangle = (left: number): string =>
    `<path d="M${n(left)} ${n(middle - 6)}l9 6l-9 6Z" class="f${look.down ? 'n' : 'i'}"/>`;
  return parts + (look.sends ? triangle(x + width - 5) : '') + (look.receives ? triangle(x - 4) : '');
}

/** A box on the ground, tinted with ink at 5 %, with an outline. */
export function panel(rect: Rect, radius: number, outline: string, tinted = true): string {
  const shape = (cls: string): string => rectangle(rect, cls, radius);
  return shape('fg') + (tinted ? shape('fi t1') : '') + shape(outline);
}

/** Two more outlines behind a box: it stands for several. */
export function stack(rect: Rect, radius: number, outline: string): string {
  const behind = (by: number): string => panel({ ...rect, x: rect.x + by, y: rect.y - by }, radius, outline, false);
  return behind(8) + behind(4);
}

const EXCHANGE_TIP = 16;

/** An exchange: a signpost that points right, with the sign of its type in a ring. */
export function exchangeBox({ x, y, width, height }: Rect, kind: string, ink: 'i' | 'x' | 'n', signed = true): string {
  const right = x + width;
  const bottom = y + height;
  const shoulder = right - EXCHANGE_TIP;
  const d =
    `M${n(x + 6)} ${n(y)}H${n(shoulder)}L${n(right)} ${n(y + height / 2)}L${n(shoulder)} ${n(bottom)}H${n(x + 6)}` +
    `Q${n(x)} ${n(bottom)} ${n(x)} ${n(bottom - 6)}V${n(y + 6)}Q${n(x)} ${n(y)} ${n(x + 6)} ${n(y)}Z`;
  const tint = ink === 'n' ? '' : `<path d="${d}" class="f${ink} t1"/>`;
  const body = `<path d="${d}" class="fg"/>${tint}<path d="${d}" class="k${ink} w2 ${ink === 'n' ? 'y2' : 'u'}"/>`;
  return signed ? body + exchangeSign({ x: x + 20, y: y + height / 2 }, kind, ink) : body;
}

const EXCHANGE_SIGNS: Readonly<Record<string, string>> = {
  topic: 'm0 -6v12m-5.2 -9l10.4 6m-10.4 0l10.4 -6',
  direct: 'm-5 -2.5h10m-10 5h10',
  fanout: 'm-6 0h11m-11 0l10 -6m-10 6l10 6',
  headers: 'm-5 -4h3m2 0h5m-10 4h3m2 0h5m-10 4h3m2 0h5',
};

/** The type of an exchange in a ring; a type of a plugin has an empty one. */
function exchangeSign({ x, y }: Point, kind: string, ink: Ink): string {
  const ring = `<circle cx="${n(x)}" cy="${n(y)}" r="11" class="k${ink} w1"/>`;
  const sign = Object.hasOwn(EXCHANGE_SIGNS, kind) ? EXCHANGE_SIGNS[kind] : undefined;
  return sign === undefined ? ring : `${ring}<path d="M${n(x)} ${n(y)}${sign}" class="k${ink} w2"/>`;
}

/** A queue: square corners with an inner line on the left. */
export function queueBox(rect: Rect, ink: 'i' | 'x' | 'n'): string {
  const { x, y, height } = rect;
  const outline = ink === 'n' ? 'kn w2 y2' : `k${ink} w2 u`;
  return `${panel(rect, 4, outline, false)}<path d="M${n(x + 5)} ${n(y + 5)}v${n(height - 10)}" class="k${ink} w1 q"/>`;
}

/** A depth bar: from the left ready (solid), then unacked (upright stripes), then empty; `full` messages fill it. */
export function depthBar(rect: Rect, ready: number, unacked: number, full: number, ink: Ink = 'd'): string {
  const { x, y, width, height } = rect;
  const pixels = (messages: number): number => (messages <= 0 ? 0 : Math.max(1, (messages / full) * width));
  const solid = Math.min(pixels(ready), width);
  const striped = Math.min(pixels(unacked), width - solid);
  const frame = (cls: string): string => rectangle({ x, y, width, height }, cls, 2);
  const parts = [frame('fi t1')];
  if (solid > 0) parts.push(rectangle({ x, y, width: solid, height }, `f${ink}`, 1));
  if (striped >= 1) parts.push(stripes({ x: x + solid + 0.6, y: y + 0.6, width: striped - 0.6, height: height - 1.2 }, ink));
  parts.push(frame('ki w1 q'));
  return parts.join('');
}

/** Upright stripes in an outline: messages handed out and not acknowledged. */
export function stripes({ x, y, width, height }: Rect, ink: Ink): string {
  const wide = Math.max(width, 1);
  const outline = rectangle({ x, y, width: wide, height }, `k${ink} w1`);
  if (wide <= 2) return outline;
  const d = `M${n(x + 0.6)} ${n(y + height / 2)}h${n(wide - 1)}`;
  return `<path d="${d}" class="k${ink} y5" stroke-width="${n(height)}"/>${outline}`;
}

/** Prefetch slots of 7 x 9, 9 apart: striped when in use. */
export function prefetchSlots({ x, y }: Point, used: number, total: number): string {
  let svg = '';
  for (let slot = 0; slot < total; slot++) {
    const left = x + 9 * slot;
    const taken = slot < used;
    if (taken) svg += `<path d="M${n(left + 0.6)} ${n(y + 4.5)}h5.8" class="kd y5" stroke-width="7.8"/>`;
    svg += rectangle({ x: left, y, width: 7, height: 9 }, taken ? 'kd w1' : 'ki w1 q', 1);
  }
  return svg;
}

/** The cylinder of a disc node, 12 wide, its top at `at`. */
export function cylinder({ x, y }: Point, ink: Ink): string {
  return `<path d="M${n(x)} ${n(y + 2.5)}v7c0 3.4 12 3.4 12 0v-7c0-3.4-12-3.4-12 0c0 3.4 12 3.4 12 0" class="k${ink} w2"/>`;
}

/** What a number stands on: a disc, or for two digits and more a plate of the same height. */
export function numberPlate({ x, y }: Point, number: number, radius: number): (cls: string) => string {
  const wide = (String(number).length - 1) * 3.5;
  if (wide === 0) return (cls) => `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" class="${cls}"/>`;
  const box = { x: x - radius - wide, y: y - radius, width: 2 * (radius + wide), height: 2 * radius };
  return (cls) => rectangle(box, cls, radius);
}

/** A number on a solid disc. */
export function disc({ x, y }: Point, number: number, ink: Ink = 'i', radius = 8.5): string {
  return `${numberPlate({ x, y }, number, radius)(`f${ink}`)}<text x="${n(x)}" y="${n(y + 4)}" class="c fg b s">${number}</text>`;
}
