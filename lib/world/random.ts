/**
 * Chance from a seed. Promise: the same seed gives the same numbers on every machine, and a named stream depends on the
 * seed and its name only, so that one more draw in one concern does not reshuffle any other.
 *
 * The generator is xoshiro128** (Blackman and Vigna, 2018); its state is filled from the seed by a splitmix sequence.
 */
import type { Random } from './world';

type Key = readonly [number, number, number, number];

export class SeededRandom implements Random {
  private readonly key: Key;
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  /** `seed` is a whole number from 0 to 2^53 - 1, or the key of a derived stream. Throws a RangeError otherwise. */
  constructor(seed: number | Key) {
    this.key = typeof seed === 'number' ? keyOf(seed) : seed;
    [this.a, this.b, this.c, this.d] = this.key;
    // All zero is the one state that xoshiro cannot leave.
    if ((this.a | this.b | this.c | this.d) === 0) this.a = 1;
  }

  /** A generator of its own for one concern. The same name always gives the same stream, whatever was drawn before. */
  stream(name: string): SeededRandom {
    const [a, b, c, d] = this.key;
    return new SeededRandom([nameInto(a, name), nameInto(b, name), nameInto(c, name), nameInto(d, name)]);
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    const product = Math.imul(this.b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  float(): number {
    return ((this.uint32() >>> 5) * 0x4000000 + (this.uint32() >>> 6)) / 0x20000000000000;
  }

  /** A whole number in [0, bound); `bound` is 1 to 2^53. */
  int(bound: number): number {
    return Math.floor(this.float() * bound);
  }

  bytes(count: number): Uint8Array {
    const result = new Uint8Array(count);
    for (let at = 0; at < count; at += 4) {
      const word = this.uint32();
      for (let i = 0; i < 4 && at + i < count; i++) result[at + i] = word >>> (8 * i);
    }
    return result;
  }
}

function keyOf(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`A seed is a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, not ${seed}.`);
  }
  const low = seed >>> 0;
  const high = Math.floor(seed / 0x100000000);
  const word = (n: number): number => scramble(low + Math.imul(n, 0x9e3779b9)) ^ scramble(high + Math.imul(n, 0x85ebca6b));
  return [word(1), word(2), word(3), word(4)];
}

/** FNV-1a over the name, started from one word of the parent's key, then scrambled. */
function nameInto(word: number, name: string): number {
  let hash = word ^ 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return scramble(hash);
}

/** A bijection of 32-bit words in which each input bit changes about half of the output bits. */
function scramble(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}
