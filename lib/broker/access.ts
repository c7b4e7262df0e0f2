/**
 * Users and what they may do. Permissions are regular expressions per user and vhost, matched anywhere in the name as
 * RabbitMQ does (the empty expression matches only the empty name). Passwords are kept as salted hashes.
 */
import type { Random } from '../world/world';
import type { AccessControlApi, Permission, UserOptions } from './api';
import type { Catalogue } from './catalogue';
import { sha256 } from './sha256';

export type Operation = keyof Permission;

export class AccessError extends Error {
  override readonly name = 'AccessError';
  constructor(
    readonly kind: 'no_such_user' | 'user_already_exists' | 'no_such_vhost' | 'invalid_regexp',
    readonly subject: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** A user as the catalogue keeps it; salt and hash in base64. */
export interface StoredUser {
  readonly tags: readonly string[];
  readonly salt: string;
  readonly hash: string;
  readonly loopbackOnly: boolean;
}

interface User {
  readonly name: string;
  tags: readonly string[];
  salt: Uint8Array;
  hash: Uint8Array;
  readonly loopbackOnly: boolean;
  readonly permissions: Map<string, Grant>;
}

class Grant {
  private readonly patterns: Readonly<Record<Operation, RegExp>>;
  /** Answers so far; names repeat, expressions are slow. */
  private readonly answers = new Map<string, boolean>();

  constructor(readonly permission: Permission) {
    this.patterns = {
      configure: pattern(permission.configure),
      write: pattern(permission.write),
      read: pattern(permission.read),
    };
  }

  allows(operation: Operation, name: string): boolean {
    const key = `${operation} ${name}`;
    const known = this.answers.get(key);
    if (known !== undefined) return known;
    if (this.answers.size >= ANSWERS_MAX) this.answers.clear();
    const answer = this.patterns[operation].test(name);
    this.answers.set(key, answer);
    return answer;
  }
}

const ANSWERS_MAX = 1024;

function pattern(source: string): RegExp {
  if (source === '') return /^$/;
  try {
    return new RegExp(source);
  } catch (error) {
    throw new AccessError('invalid_regexp', source, `"${source}" is not a regular expression: ${(error as Error).message}`);
  }
}

export class AccessControl implements AccessControlApi {
  private readonly users = new Map<string, User>();
  /** Grows with every change; what was remembered under an older number must be asked again. */
  version = 0;

  constructor(
    private readonly random: Random,
    private readonly vhostExists: (name: string) => boolean,
    private readonly onDeleted: (user: string) => void,
    private readonly catalogue: Pick<Catalogue, 'put' | 'delete'>,
  ) {}

  /** A user of an earlier node. */
  restore(name: string, { tags, salt, hash, loopbackOnly }: StoredUser): void {
    const bytes = (text: string): Uint8Array => Buffer.from(text, 'base64');
    this.users.set(name, { name, tags, salt: bytes(salt), hash: bytes(hash), loopbackOnly, permissions: new Map() });
    this.version++;
  }

  private keep({ name, tags, salt, hash, loopbackOnly }: User): void {
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
    const stored: StoredUser = { tags, salt: text(salt), hash: text(hash), loopbackOnly };
    this.catalogue.put('user', [name], stored);
  }

  add(options: UserOptions): void {
    const { name, password, tags = [], loopbackOnly = false } = options;
    if (this.users.has(name)) throw new AccessError('user_already_exists', name, `User "${name}" already exists`);
    const salt = this.random.bytes(4);
    const user = { name, tags, salt, hash: hashOf(salt, password), loopbackOnly, permissions: new Map() };
    this.users.set(name, user);
    this.keep(user);
    this.version++;
  }

  addUser(name: string, password: string, tags: readonly string[] = []): void {
    this.add({ name, password, tags });
  }

  deleteUser(name: string): void {
    for (const vhost of this.user(name).permissions.keys()) this.catalogue.delete('permission', [vhost, name]);
    this.users.delete(name);
    this.catalogue.delete('user', [name]);
    this.version++;
    this.onDeleted(name);
  }

  changePassword(name: string, password: string): void {
    const user = this.user(name);
    user.salt = this.random.bytes(4);
    user.hash = hashOf(user.salt, password);
    this.keep(user);
  }

  hasTag(name: string, tag: string): boolean {
    return this.users.get(name)?.tags.includes(tag) ?? false;
  }

  setUserTags(name: string, tags: readonly string[]): void {
    const user = this.user(name);
    user.tags = tags;
    this.keep(user);
  }

  authenticate(name: string, password: string): boolean {
    const user = this.users.get(name);
    if (user === undefined || password === '') return false;
    const hash = hashOf(user.salt, password);
    let difference = 0;
    for (let i = 0; i < hash.length; i++) difference |= (hash[i] as number) ^ (user.hash[i] as number);
    return difference === 0;
  }

  /** False for a loopback-only user from another machine. */
  mayConnectFrom(name: string, host: string): boolean {
    const loopback = host === '::1' || host.startsWith('127.') || host.startsWith('::ffff:127.');
    return loopback || this.users.get(name)?.loopbackOnly !== true;
  }

  listUsers(): { name: string; tags: readonly string[] }[] {
    return [...this.users.values()].map(({ name, tags }) => ({ name, tags }));
  }

  setPermissions(vhost: string, user: string, permission: Permission): void {
    this.requireVhost(vhost);
    this.user(user).permissions.set(vhost, new Grant(permission));
    this.catalogue.put('permission', [vhost, user], permission);
    this.version++;
  }

  clearPermissions(vhost: string, user: string): void {
    this.requireVhost(vhost);
    this.user(user).permissions.delete(vhost);
    this.catalogue.delete('permission', [vhost, user]);
    this.version++;
  }

  listPermissions(vhost: string): ({ user: string } & Permission)[] {
    this.requireVhost(vhost);
    return [...this.users.values()].flatMap(({ name, permissions }) => {
      const grant = permissions.get(vhost);
      return grant === undefined ? [] : [{ user: name, ...grant.permission }];
    });
  }

  listUserPermissions(user: string): ({ vhost: string } & Permission)[] {
    return [...this.user(user).permissions].map(([vhost, grant]) => ({ vhost, ...grant.permission }));
  }

  /** Any permission entry at all lets a user into a vhost. */
  mayEnter(user: string, vhost: string): boolean {
    return this.users.get(user)?.permissions.has(vhost) ?? false;
  }

  allows(user: string, vhost: string, operation: Operation, name: string): boolean {
    return this.users.get(user)?.permissions.get(vhost)?.allows(operation, name) ?? false;
  }

  forgetVhost(vhost: string): void {
    for (const { name, permissions } of this.users.values()) {
      if (permissions.delete(vhost)) this.catalogue.delete('permission', [vhost, name]);
    }
    this.version++;
  }

  private user(name: string): User {
    const user = this.users.get(name);
    if (user === undefined) throw new AccessError('no_such_user', name, `User "${name}" does not exist`);
    return user;
  }

  private requireVhost(name: string): void {
    if (!this.vhostExists(name)) throw new AccessError('no_such_vhost', name, `Virtual host '${name}' does not exist`);
  }
}

function hashOf(salt: Uint8Array, password: string): Uint8Array {
  return sha256(Buffer.concat([salt, Buffer.from(password, 'utf8')]));
}
