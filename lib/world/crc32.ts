/** CRC-32 (IEEE 802.3) for worlds without native code for it. */
const POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let value = octet;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) === 0 ? 0 : POLYNOMIAL);
  return value;
});

/** Continues from `seed`, which is 0 or the result for what came before. */
export function crc32(bytes: Uint8Array, seed: number): number {
  let value = ~seed;
  for (let i = 0; i < bytes.length; i++) value = (TABLE[(value ^ (bytes[i] as number)) & 0xff] as number) ^ (value >>> 8);
  return ~value >>> 0;
}
