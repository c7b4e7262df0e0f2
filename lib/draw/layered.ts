/**
 * Layered drawing in columns: an order inside the columns with few crossings (barycentre sweeps), then heights that make
 * lines as straight as the order allows. Pure and deterministic; knows nothing of brokers.
 */

/** A line between nodes of neighbouring columns. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

export interface Cell {
  readonly id: string;
  readonly height: number;
  /** Free space wanted above and below, beyond the column's gap. */
  readonly above: number;
  readonly below: number;
  /** Cells of a later group stand below all cells of an earlier one. */
  readonly group: number;
}

type Side = 'left' | 'right' | 'both';

/** Which neighbours count in each sweep; sweeps by the right neighbours run from right to left. */
const SWEEPS: readonly Side[] = ['left', 'right', 'both', 'left', 'right', 'both'];

/**
 * Orders the cells of each column so that few edges cross. Columns in `fixed` keep their order. Cells without edges stay
 * near where they were; equal claims are settled by the given order.
 */
export function orderColumns(
  columns: readonly (readonly Cell[])[],
  edges: readonly Edge[],
  fixed: ReadonlySet<number>,
): Cell[][] {
  let current = columns.map((column, i) => (fixed.has(i) ? [...column] : [...column].sort((a, b) => a.group - b.group)));
  let best = current;
  let fewest = crossings(current, edges);
  for (const side of SWEEPS) {
    const next = current.map((column) => [...column]);
    const indexes = next.map((_, i) => i);
    for (const column of side === 'right' ? indexes.reverse() : indexes) {
      if (!fixed.has(column)) next[column] = sorted(next, column, edges, side);
    }
    const now = crossings(next, edges);
    if (now < fewest) {
      fewest = now;
      best = next;
    }
    current = next;
  }
  return swapped(best, edges, fixed);
}

/** Swaps neighbours in a column as long as that removes crossings. */
function swapped(columns: readonly Cell[][], edges: readonly Edge[], fixed: ReadonlySet<number>): Cell[][] {
  const result = columns.map((column) => [...column]);
  let fewest = crossings(result, edges);
  for (let better = fewest > 0; better; ) {
    better = false;
    for (const [i, column] of result.entries()) {
      for (let row = 0; row + 1 < column.length && !fixed.has(i); row++) {
        const [upper, lower] = [column[row] as Cell, column[row + 1] as Cell];
        if (upper.group !== lower.group) continue;
        column.splice(row, 2, lower, upper);
        const now = crossings(result, edges);
        if (now < fewest) {
          fewest = now;
          better = true;
        } else {
          column.splice(row, 2, upper, lower);
        }
      }
    }
  }
  return result;
}

/** One column by the mean position of each cell's neighbours in the columns beside it. */
function sorted(columns: readonly (readonly Cell[])[], column: number, edges: readonly Edge[], side: Side): Cell[] {
  const position = new Map<string, number>();
  const besides = [...(side === 'right' ? [] : [column - 1]), ...(side === 'left' ? [] : [column + 1])];
  for (const beside of besides) {
    const cells = columns[beside] ?? [];
    for (const [i, cell] of cells.entries()) position.set(cell.id, (i + 0.5) / cells.length);
  }
  const cells = columns[column] as readonly Cell[];
  const wishes = cells.map((cell, i) => {
    const around = neighbours(cell.id, edges).flatMap((id) => position.get(id) ?? []);
    const wish = around.length === 0 ? (i + 0.5) / cells.length : around.reduce((a, b) => a + b, 0) / around.length;
    return { cell, wish, i };
  });
  return wishes.sort((a, b) => a.cell.group - b.cell.group || a.wish - b.wish || a.i - b.i).map(({ cell }) => cell);
}

function neighbours(id: string, edges: readonly Edge[]): string[] {
  return edges.flatMap((edge) => (edge.from === id ? [edge.to] : edge.to === id ? [edge.from] : []));
}

/** How many pairs of edges cross between neighbouring columns. */
export function crossings(columns: readonly (readonly Cell[])[], edges: readonly Edge[]): number {
  const place = new Map<string, { column: number; row: number }>();
  for (const [column, cells] of columns.entries()) for (const [row, cell] of cells.entries()) place.set(cell.id, { column, row });
  let total = 0;
  const spans: { column: number; a: number; b: number }[] = [];
  for (const edge of edges) {
    const from = place.get(edge.from);
    const to = place.get(edge.to);
    if (from === undefined || to === undefined || Math.abs(from.column - to.column) !== 1) continue;
    const [left, right] = from.column < to.column ? [from, to] : [to, from];
    const span = { column: left.column, a: left.row, b: right.row };
    for (const other of spans) if (other.column === span.column && (other.a - span.a) * (other.b - span.b) < 0) total++;
    spans.push(span);
  }
  return total;
}

/** Tops of all cells, the highest at 0. `gaps` is the least space between two cells of each column. */
export function placeColumns(
  columns: readonly (readonly Cell[])[],
  edges: readonly Edge[],
  gaps: readonly number[],
): Map<string, number> {
  const centre = new Map<string, number>();
  const extents = columns.map((column, i) => extent(column, gaps[i] as number));
  const anchor = extents.indexOf(Math.max(...extents));
  for (const [i, column] of columns.entries()) stackUp(column, gaps[i] as number, centre);
  const outward = columns.map((_, i) => i).sort((a, b) => Math.abs(a - anchor) - Math.abs(b - anchor) || a - b);
  for (let round = 0; round < 4; round++) {
    for (const i of round % 2 === 0 ? outward : [...outward].reverse()) {
      if (round === 0 && i === anchor) continue;
      settle(columns[i] as readonly Cell[], edges, gaps[i] as number, centre);
    }
  }
  for (const i of outward.slice(1)) settle(columns[i] as readonly Cell[], edges, gaps[i] as number, centre);
  const tops = new Map<string, number>();
  let highest = Number.POSITIVE_INFINITY;
  for (const column of columns) {
    for (const cell of column) {
      const top = Math.round((centre.get(cell.id) as number) - cell.height / 2);
      tops.set(cell.id, top);
      highest = Math.min(highest, top - cell.above);
    }
  }
  for (const [id, top] of tops) tops.set(id, top - highest);
  return tops;
}

function extent(column: readonly Cell[], gap: number): number {
  return column.reduce((all, cell) => all + cell.above + cell.height + cell.below + gap, 0);
}

function stackUp(column: readonly Cell[], gap: number, centre: Map<string, number>): void {
  let y = -extent(column, gap) / 2;
  for (const cell of column) {
    centre.set(cell.id, y + cell.above + cell.height / 2);
    y += cell.above + cell.height + cell.below + gap;
  }
}

/**
 * Moves the cells of one column to the mean of their neighbours, in their order and without overlap: the least squares
 * solution by pooling neighbours that would overlap.
 */
function settle(column: readonly Cell[], edges: readonly Edge[], gap: number, centre: Map<string, number>): void {
  interface Block {
    sum: number;
    weight: number;
    readonly offsets: number[];
  }
  const blocks: Block[] = [];
  let offset = 0;
  const mean = (block: Block): number => block.sum / block.weight;
  for (const [i, cell] of column.entries()) {
    const before = column[i - 1];
    if (before !== undefined) offset += before.height / 2 + before.below + gap + cell.above + cell.height / 2;
    const around = neighbours(cell.id, edges).flatMap((id) => centre.get(id) ?? []);
    const wish = around.length === 0 ? (centre.get(cell.id) as number) : around.reduce((a, b) => a + b, 0) / around.length;
    const weight = around.length === 0 ? 0.05 : 1;
    blocks.push({ sum: (wish - offset) * weight, weight, offsets: [offset] });
    for (let last = blocks.length - 1; last > 0; last--) {
      const [upper, lower] = [blocks[last - 1] as Block, blocks[last] as Block];
      if (mean(upper) <= mean(lower)) break;
      blocks.splice(last - 1, 2, {
        sum: upper.sum + lower.sum,
        weight: upper.weight + lower.weight,
        offsets: [...upper.offsets, ...lower.offsets],
      });
    }
  }
  const placed = blocks.flatMap((block) => block.offsets.map((shift) => mean(block) + shift));
  for (const [i, cell] of column.entries()) centre.set(cell.id, placed[i] as number);
}
