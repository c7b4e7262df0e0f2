/**
 * Passwords as RabbitMQ keeps them (its module rabbit_password_hashing_sha256): four octets of salt, then SHA-256 of salt and
 * password. In definitions that is base64.
 */
import type { Random } from '../world/world';
import { sha256 } from './sha256';

const SALT_SIZE = 4;
const HASH_SIZE = 32;

/** The algorithm's name in definitions. */
export const HASHING_ALGORITHM = 'rabbit_password_hashing_sha256';

/** Salt and hash; empty for a user without a password. */
export type PasswordHash = Uint8Array;

export const NO_PASSWORD: PasswordHash = new Uint8Array(0);

export function hashPassword(password: string, random: Random): PasswordHash {
  return salted(random.bytes(SALT_SIZE), password);
}

/** A blank password is never right. */
export function isPassword(hash: PasswordHash, password: string): boolean {
  if (password === '' || hash.length === 0) return false;
  const asked = salted(hash.subarray(0, SALT_SIZE), password);
  let difference = 0;
  for (let i = 0; i < hash.length; i++) difference |= (hash[i] as number) ^ (asked[i] as number);
  return difference === 0;
}

export function hashText(hash: PasswordHash): string {
  return Buffer.from(hash).toString('base64');
}

/** Null for a text that is no hash. */
export function hashFromText(text: string): PasswordHash | null {
  const hash = Buffer.from(text, 'base64');
  const whole = hash.length === 0 || hash.length === SALT_SIZE + HASH_SIZE;
  return whole && hash.toString('base64') === text ? hash : null;
}

function salted(salt: Uint8Array, password: string): PasswordHash {
  return Buffer.concat([salt, sha256(Buffer.concat([salt, Buffer.from(password, 'utf8')]))]);
}
