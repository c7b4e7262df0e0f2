/**
 * Whole numbers from octets, high octet first. Buffer's own readers check their argument in several calls, which the compiler
 * carries into every function that reads a number for each message; then it has no room left to inline what matters.
 */

/** 0 to 65535. The two octets at `at` must lie within. */
export function uint16At(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** -2^31 to 2^31-1. The four octets at `at` must lie within. */
export function int32At(bytes: Buffer, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

/** 0 to 2^32-1. The four octets at `at` must lie within. */
export function uint32At(bytes: Buffer, at: number): number {
  return int32At(bytes, at) >>> 0;
}
