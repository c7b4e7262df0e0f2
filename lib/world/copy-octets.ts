/** Copies between buffers, for pieces as small as most messages are. */

/** Above so many octets the runtime's own copy is faster, though it makes an object for every call. */
const SMALL = 72;

/** `size` octets of `from` at `at` go to `to` at `toAt`. The two do not overlap, and both have room. */
export function copyOctets(from: Buffer, at: number, to: Buffer, toAt: number, size: number): void {
  if (size > SMALL) {
    from.copy(to, toAt, at, at + size);
    return;
  }
  const end = at + size;
  let i = at;
  let o = toAt;
  // Four at a time halves what the loop itself costs.
  for (; i + 4 <= end; i += 4, o += 4) {
    to[o] = from[i] as number;
    to[o + 1] = from[i + 1] as number;
    to[o + 2] = from[i + 2] as number;
    to[o + 3] = from[i + 3] as number;
  }
  for (; i < end; i++, o++) to[o] = from[i] as number;
}
