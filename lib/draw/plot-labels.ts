/**
 * The names of the lines of a plot: each at the end of its line, where no other text or line is. Lines that reach the right
 * edge share a column there; a line that ends before it has its name beside its last point.
 */
import { spread } from './plot-scale';
import { meets, type Point, type Rect, type Scene } from './scene';
import { coordinate as n, FONTS, shorten, textWidth } from './words';

/** Distance of the column from the plot, and of a name from the end of its line. */
const GAP = 8;
const ROW = 13;
/** A piece of the line before its name, and the space behind it. */
const SAMPLE = 12;
const SAMPLE_GAP = 4;

/** Room that the piece of line takes. */
export const SAMPLE_ROOM = SAMPLE + SAMPLE_GAP;

export interface LineName {
  readonly text: string;
  /** The last point; undefined when there is none. */
  readonly end: Point | undefined;
  /** Classes of the piece of line before the name; '' for none. */
  readonly sample: string;
}

interface Placed {
  readonly name: LineName;
  readonly text: string;
  readonly rect: Rect;
}

/** Writes the names. `plot` is the area of the lines, `room` the width right of it. The lines must be drawn already. */
export function writeLineNames(scene: Scene, names: readonly LineName[], plot: Rect, room: number): void {
  const right = plot.x + plot.width;
  const early = new Set(names.filter(({ end }) => end !== undefined && end.x < right - 1));
  for (;;) {
    const placed = column(
      names.filter((name) => !early.has(name)),
      plot,
      room,
    );
    const homeless = [...early].find((name) => {
      const place = besideEnd(scene, name, names, placed, plot, room);
      if (place !== undefined) placed.push(place);
      return place === undefined;
    });
    if (homeless === undefined) {
      for (const place of placed) write(scene, place);
      return;
    }
    // No room where its line ends: it stands in the column, and a thin line leads there.
    early.delete(homeless);
    const end = homeless.end as Point;
    scene.straight(end, { x: right, y: end.y }, 'kr w1 y5', { layer: 'back', behind: true });
  }
}

/** Names right of the plot, as high as their lines end, one below the other. */
function column(names: readonly LineName[], plot: Rect, room: number): Placed[] {
  const bottom = plot.y + plot.height;
  const heights = spread(
    names.map(({ end }) => end?.y ?? bottom),
    ROW,
    plot.y + 4,
    bottom,
  );
  return names.map((name, i) => {
    const text = shorten(name.text, room - GAP - 2 - sampleRoom(name), FONTS.small);
    return { name, text, rect: rectOf(name, text, { x: plot.x + plot.width + GAP, y: heights[i] as number }) };
  });
}

/** Steps away from the end of a line: `at` is the part of the width that lies left of the end. */
const STEPS = [
  ...[0, -12, 12, -24, 24, -36, 36].map((dy) => ({ at: 0, dy })),
  ...[0.5, 1].flatMap((at) => [-14, 14, -27, 27, -40, 40].map((dy) => ({ at, dy }))),
];

/** A free place beside the end of the line, the nearest first; undefined when there is none. */
function besideEnd(
  scene: Scene,
  name: LineName,
  names: readonly LineName[],
  placed: readonly Placed[],
  plot: Rect,
  room: number,
): Placed | undefined {
  const end = name.end as Point;
  const dots = names.flatMap((other) =>
    other.end === undefined ? [] : [{ x: other.end.x - 4, y: other.end.y - 4, width: 8, height: 8 }],
  );
  for (const { at, dy } of STEPS) {
    const width = sampleRoom(name) + textWidth(name.text, FONTS.small);
    const x = at === 0 ? end.x + GAP : end.x - at * width;
    const rect = rectOf(name, name.text, { x, y: end.y + dy });
    const inside = rect.x >= plot.x && rect.x + rect.width <= plot.x + plot.width + room;
    const within = rect.y >= plot.y && rect.y + rect.height <= plot.y + plot.height;
    const taken = [...placed.map((other) => other.rect), ...dots].some((other) => meets(rect, other));
    if (inside && within && !taken && scene.isFree(rect)) return { name, text: name.text, rect };
  }
  return undefined;
}

function sampleRoom({ sample }: LineName): number {
  return sample === '' ? 0 : SAMPLE_ROOM;
}

/** What a name takes with its piece of line, `at` being the left end of its middle line. */
function rectOf(name: LineName, text: string, at: Point): Rect {
  return { x: at.x, y: at.y - 5, width: sampleRoom(name) + textWidth(text, FONTS.small), height: 12 };
}

function write(scene: Scene, { name, text, rect }: Placed): void {
  const y = rect.y + 5;
  if (name.sample !== '') scene.add('front', `<path d="M${n(rect.x)} ${n(y)}h${SAMPLE}" class="${name.sample}"/>`);
  scene.text(rect.x + sampleRoom(name), y + 4, 's hl', text);
}
