/**
 * Messages that came back to a queue, the oldest first to go again: a binary heap in an array, so that a hundred thousand
 * returned one by one cost no more than returned together.
 */
import type { Held } from './queue';

/** `heap[0]` is the oldest. */
export function pushHeld(heap: Held[], held: Held): void {
  let at = heap.length;
  heap.push(held);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above] as Held;
    if (parent.position <= held.position) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = held;
}

/** Takes out the oldest. */
export function popHeld(heap: Held[]): Held | undefined {
  const oldest = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return oldest;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    const right = heap[below + 1];
    if (right !== undefined && right.position < (heap[below] as Held).position) below++;
    const child = heap[below] as Held;
    if (child.position >= last.position) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
  return oldest;
}
