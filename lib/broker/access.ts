/**
 * Users and what they may do: permissions by vhost, topic permissions by vhost and exchange, both regular expressions matched
 * anywhere in the name as RabbitMQ does (the empty expression matches only the empty name). Passwords are kept as salted hashes.
 */
import type { Random } from '../world/world';
import {
  type AccessControlApi,
  type HashedUser,
  ParameterError,
  type Permission,
  type TopicPermission,
  type UserLimits,
  type UserOptions,
} from './api';
import type { Catalogue } from './catalogue';
import { Grant, type Operation, TopicGrant, type TopicOperation } from './grant';
import { hashFromText, hashPassword, hashText, isPassword, NO_PASSWORD, type PasswordHash } from './password';
import { RegexpError } from './regexp/source';

export class AccessError extends Error {
  override readonly name = 'AccessError';
  constructor(
    readonly kind: 'no_such_user' | 'user_already_exists' | 'no_such_vhost' | 'invalid_regexp',
    readonly subject: string,
    detail: string,
    /** Of an invalid expression: what is wrong, and at which octet. */
    readonly regexp: RegexpError | null = null,
  ) {
    super(detail);
  }
}

/** A user as the catalogue keeps it; the password's hash in base64. */
export interface StoredUser {
  readonly tags: readonly string[];
  readonly passwordHash: string;
  readonly loopbackOnly: boolean;
  readonly limits: UserLimits;
}

interface User {
  readonly name: string;
  tags: readonly string[];
  passwordHash: PasswordHash;
  readonly loopbackOnly: boolean;
  limits: UserLimits;
  readonly permissions: Map<string, Grant>;
  /** By vhost and exchange. */
  readonly topicPermissions: Map<string, Map<string, TopicGrant>>;
}

export class AccessControl implements AccessControlApi {
  private readonly users = new Map<string, User>();
  /** Grows with every change; what was remembered under an older number must be asked again. */
  version = 0;
  /** Told when the limits of a user may have changed. */
  onLimits: (() => void) | null = null;

  constructor(
    private readonly random: Random,
    private readonly vhostExists: (name: string) => boolean,
    private readonly onDeleted: (user: string) => void,
    private readonly catalogue: Pick<Catalogue, 'put' | 'delete'>,
  ) {}

  // --- users ---

  /** A user as another node knows it; what is known here of its permissions stays. */
  restore(name: string, { tags, passwordHash, loopbackOnly, limits }: StoredUser): void {
    const hash = hashFromText(passwordHash) ?? NO_PASSWORD;
    const known = this.users.get(name);
    if (known === undefined) this.make({ name, tags, passwordHash: hash, loopbackOnly, limits });
    else Object.assign(known, { tags, passwordHash: hash, limits });
    this.onLimits?.();
  }

  private make(user: Omit<User, 'permissions' | 'topicPermissions'>): User {
    const made: User = { ...user, permissions: new Map(), topicPermissions: new Map() };
    this.users.set(user.name, made);
    this.version++;
    return made;
  }

  private keep({ name, tags, passwordHash, loopbackOnly, limits }: User): void {
    const stored: StoredUser = { tags, passwordHash: hashText(passwordHash), loopbackOnly, limits };
    this.catalogue.put('user', [name], stored);
  }

  add(options: UserOptions): void {
    const { name, password, tags = [], loopbackOnly = false } = options;
    if (this.users.has(name)) throw new AccessError('user_already_exists', name, `User "${name}" already exists`);
    this.keep(this.make({ name, tags, passwordHash: hashPassword(password, this.random), loopbackOnly, limits: {} }));
  }

  addUser(name: string, password: string, tags: readonly string[] = []): void {
    this.add({ name, password, tags });
  }

  deleteUser(name: string): void {
    const { permissions, topicPermissions } = this.user(name);
    for (const vhost of permissions.keys()) this.catalogue.delete('permission', [vhost, name]);
    for (const vhost of [...topicPermissions.keys()]) this.clearTopicPermissions(vhost, name);
    this.users.delete(name);
    this.catalogue.delete('user', [name]);
    this.version++;
    this.onDeleted(name);
  }

  exists(name: string): boolean {
    return this.users.has(name);
  }

  changePassword(name: string, password: string): void {
    this.setHash(this.user(name), hashPassword(password, this.random));
  }

  clearPassword(name: string): void {
    this.setHash(this.user(name), NO_PASSWORD);
  }

  private setHash(user: User, hash: PasswordHash): void {
    user.passwordHash = hash;
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

  limits(name: string): UserLimits {
    return this.user(name).limits;
  }

  /** A user may be deleted while a connection of its own still opens. */
  limitsOrNone(name: string): UserLimits {
    return this.users.get(name)?.limits ?? {};
  }

  setLimits(name: string, limits: UserLimits): void {
    const user = this.user(name);
    user.limits = limits;
    this.keep(user);
    this.onLimits?.();
  }

  authenticate(name: string, password: string): boolean {
    const user = this.users.get(name);
    return user !== undefined && isPassword(user.passwordHash, password);
  }

  /** False for a loopback-only user from another machine. */
  mayConnectFrom(name: string, host: string): boolean {
    const loopback = host === '::1' || host.startsWith('127.') || host.startsWith('::ffff:127.');
    return loopback || this.users.get(name)?.loopbackOnly !== true;
  }

  listUsers(): { name: string; tags: readonly string[] }[] {
    return [...this.users.values()].map(({ name, tags }) => ({ name, tags }));
  }

  exportUsers(): HashedUser[] {
    return [...this.users.values()].map(({ name, tags, passwordHash, limits }) => ({
      name,
      tags,
      limits,
      passwordHash: hashText(passwordHash),
    }));
  }

  importUser({ name, tags, passwordHash, limits }: HashedUser): void {
    const hash = hashFromText(passwordHash);
    if (hash === null) throw new ParameterError(`The password hash of user '${name}' is not salt and SHA-256 in base64`);
    const known = this.users.get(name) ?? this.make({ name, tags, passwordHash: hash, loopbackOnly: false, limits });
    Object.assign(known, { tags, passwordHash: hash, limits });
    this.keep(known);
  }

  // --- permissions ---

  setPermissions(vhost: string, user: string, permission: Permission): void {
    this.requireVhost(vhost);
    const grant = valid(() => new Grant(permission), Object.values(permission));
    this.user(user).permissions.set(vhost, grant);
    this.catalogue.put('permission', [vhost, user], permission);
    this.version++;
  }

  clearPermissions(vhost: string, user: string): void {
    const { permissions } = this.user(user);
    this.requireVhost(vhost);
    permissions.delete(vhost);
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

  // --- topic permissions ---

  setTopicPermissions(vhost: string, user: string, permission: TopicPermission): void {
    this.requireVhost(vhost);
    const { topicPermissions } = this.user(user);
    const grant = valid(() => new TopicGrant(permission, user, vhost), [permission.write, permission.read]);
    const byExchange = topicPermissions.get(vhost) ?? new Map<string, TopicGrant>();
    topicPermissions.set(vhost, byExchange.set(permission.exchange, grant));
    this.catalogue.put('topic-permission', [vhost, user, permission.exchange], permission);
    this.version++;
  }

  clearTopicPermissions(vhost: string, user: string, exchange?: string): void {
    this.requireVhost(vhost);
    const { topicPermissions } = this.user(user);
    const byExchange = topicPermissions.get(vhost);
    const names = exchange === undefined ? [...(byExchange?.keys() ?? [])] : [exchange];
    for (const name of names) {
      if (byExchange?.delete(name)) this.catalogue.delete('topic-permission', [vhost, user, name]);
    }
    if (byExchange?.size === 0) topicPermissions.delete(vhost);
    this.version++;
  }

  listTopicPermissions(vhost: string): ({ user: string } & TopicPermission)[] {
    this.requireVhost(vhost);
    return [...this.users.values()].flatMap(({ name, topicPermissions }) =>
      [...(topicPermissions.get(vhost)?.values() ?? [])].map(({ permission }) => ({ user: name, ...permission })),
    );
  }

  listUserTopicPermissions(user: string): ({ vhost: string } & TopicPermission)[] {
    return [...this.user(user).topicPermissions].flatMap(([vhost, byExchange]) =>
      [...byExchange.values()].map(({ permission }) => ({ vhost, ...permission })),
    );
  }

  /** Whoever has no topic permission for an exchange may use all keys. */
  allowsTopic(user: string, vhost: string, operation: TopicOperation, exchange: string, routingKey: string): boolean {
    return this.users.get(user)?.topicPermissions.get(vhost)?.get(exchange)?.allows(operation, routingKey) ?? true;
  }

  forgetVhost(vhost: string): void {
    for (const { name, permissions, topicPermissions } of this.users.values()) {
      if (permissions.delete(vhost)) this.catalogue.delete('permission', [vhost, name]);
      for (const exchange of topicPermissions.get(vhost)?.keys() ?? []) {
        this.catalogue.delete('topic-permission', [vhost, name, exchange]);
      }
      topicPermissions.delete(vhost);
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

/** Says which of the expressions is the invalid one. */
function valid<T>(make: () => T, sources: readonly string[]): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RegexpError)) throw error;
    const subject = sources.find((source) => source === error.source) ?? '';
    throw new AccessError('invalid_regexp', subject, `"${subject}" is not a regular expression: ${error.message}`, error);
  }
}
