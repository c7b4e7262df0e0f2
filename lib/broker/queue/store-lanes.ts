/** Where the messages of a queue lie in the node's storage: its place there, and the lanes (priorities) of positions. */
import type { Shelved } from './backlog';
import type { Held } from './queue';

export function storeId({ vhost, name }: { readonly vhost: { readonly name: string }; readonly name: string }): string {
  return JSON.stringify([vhost.name, name]);
}

/** Empty lanes whose next positions are behind all of these. */
export function lanesBehind(held: readonly Held[], lanes: number): Shelved[] {
  const ends = Array.from({ length: lanes }, (_, lane) => lane);
  for (const { position } of held) {
    const lane = position % lanes;
    ends[lane] = Math.max(ends[lane] as number, position + lanes);
  }
  return ends.map((end) => ({ count: 0, bytes: 0, first: end, end }));
}
