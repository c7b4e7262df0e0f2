/**
 * What every picture has around its content: title and place at the top, rules, legend, remarks, the style sheet, the text
 * alternatives. Pictures are drawn at their own size; a narrow page scrolls.
 */
import type { Scene } from './scene';
import { SHEET } from './sheet';
import { detailsTable, type Table } from './table';
import { clipWords, coordinate as n, escape, FONTS, textWidth, visible } from './words';

export const MARGIN = 16;
/** Where the content begins: below the rule under the title. */
export const CONTENT_TOP = 38;

/** A sign of the legend: draws itself with its left edge at `x` and its middle at `y`. */
export interface LegendItem {
  readonly width: number;
  readonly label: string;
  readonly draw: (x: number, y: number) => string;
}

export interface Frame {
  readonly title: string;
  /** Top right: where and when. */
  readonly corner: string;
  /** One sentence; the picture's name for those who do not see it. Default: the title. */
  readonly name?: string;
  /** The story, numbers included; cut at 100 words. */
  readonly story: string;
  readonly width: number;
  /** Where the content ends. */
  readonly bottom: number;
  readonly legend: readonly LegendItem[];
  readonly remarks: readonly string[];
  readonly table: Table;
}

/** Draws the frame around the scene and returns the whole figure. */
export function figure(scene: Scene, frame: Frame): string {
  const height = finish(scene, frame);
  const name = escape(visible(frame.name ?? frame.title));
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="wn1" role="img" aria-label="${name}" width="${n(frame.width)}" ` +
      `height="${n(height)}" viewBox="0 0 ${n(frame.width)} ${n(height)}">`,
    `<title>${name}</title>`,
    `<desc>${escape(clipWords(visible(frame.story), 100))}</desc>`,
    SHEET,
    `<rect width="${n(frame.width)}" height="${n(height)}" class="fg"/>`,
    scene.toString(),
    '</svg>',
  ].join('\n');
  return `<figure style="overflow-x:auto;margin:0">${svg}\n${detailsTable(frame.table)}</figure>`;
}

/** Title, rules, legend and remarks; returns the picture's height. */
function finish(scene: Scene, frame: Frame): number {
  const right = frame.width - MARGIN;
  const room = right - MARGIN;
  const corner = scene.text(right, 26, 's e', visible(frame.corner), room * 0.55);
  scene.text(MARGIN, 26, 'h', visible(frame.title), room - corner - 16);
  scene.add('back', rule(CONTENT_TOP, right));
  let y = frame.bottom;
  scene.add('back', rule(y, right));
  y += 18;
  if (frame.legend.length > 0) y = legend(scene, frame.legend, y, right) + 20;
  for (const remark of frame.remarks) {
    scene.text(MARGIN, y + 4, 's', visible(remark), room);
    y += 18;
  }
  return Math.ceil(y - 6);
}

function rule(y: number, right: number): string {
  return `<path d="M${MARGIN} ${n(y)}L${n(right)} ${n(y)}" class="kr w1"/>`;
}

/** Rows of 20 px; returns the middle of the last one. */
function legend(scene: Scene, items: readonly LegendItem[], top: number, right: number): number {
  let x = MARGIN;
  let y = top;
  for (const item of items) {
    const width = item.width + 7 + textWidth(item.label, FONTS.small);
    if (x > MARGIN && x + width > right) {
      x = MARGIN;
      y += 20;
    }
    scene.add('front', item.draw(x, y));
    scene.text(x + item.width + 7, y + 4, 's', item.label, right - x - item.width - 7);
    x += width + 22;
  }
  return y;
}
