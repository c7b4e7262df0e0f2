/** What a user may do in one vhost: the regular expressions of a permission, and the answers they gave. */
import type { Permission, TopicPermission } from './api';
import { compileRegexp, type Regexp } from './regexp/regexp';
import { RegexpError } from './regexp/source';

export type Operation = keyof Permission;
export type TopicOperation = 'write' | 'read';

const ANSWERS_MAX = 1024;

/** Remembers answers: names repeat, expressions are slow. */
class Answers {
  private readonly known = new Map<string, boolean>();

  get(operation: string, name: string, find: () => boolean): boolean {
    const key = `${operation} ${name}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.known.size >= ANSWERS_MAX) this.known.clear();
    const answer = find();
    this.known.set(key, answer);
    return answer;
  }
}

export class Grant {
  private readonly patterns: Readonly<Record<Operation, Regexp>>;
  private readonly answers = new Answers();

  /** Throws `RegexpError`. */
  constructor(readonly permission: Permission) {
    this.patterns = {
      configure: compiled(permission.configure),
      write: compiled(permission.write),
      read: compiled(permission.read),
    };
  }

  allows(operation: Operation, name: string): boolean {
    return this.answers.get(operation, name, () => this.patterns[operation].test(name));
  }
}

/** For the routing keys of one topic exchange; `{username}` and `{vhost}` stand for the names, put in as they are (RabbitMQ). */
export class TopicGrant {
  private readonly patterns: Readonly<Record<TopicOperation, Pick<Regexp, 'test'>>>;
  private readonly answers = new Answers();

  /** Throws `RegexpError`: the expressions must be valid before anything is put in. */
  constructor(
    readonly permission: TopicPermission,
    user: string,
    vhost: string,
  ) {
    const filled = (source: string): Pick<Regexp, 'test'> => {
      const plain = compiled(source);
      const text = source.replaceAll('{username}', () => user).replaceAll('{vhost}', () => vhost);
      return text === source ? plain : compiledOrNever(text);
    };
    this.patterns = { write: filled(permission.write), read: filled(permission.read) };
  }

  allows(operation: TopicOperation, routingKey: string): boolean {
    return this.answers.get(operation, routingKey, () => this.patterns[operation].test(routingKey));
  }
}

/** The empty expression matches the empty name only. */
function compiled(source: string): Regexp {
  return compileRegexp(source === '' ? '^$' : source);
}

/** A name may make the expression invalid. Nothing is allowed then. */
function compiledOrNever(source: string): Pick<Regexp, 'test'> {
  try {
    return compileRegexp(source);
  } catch (error) {
    if (!(error instanceof RegexpError)) throw error;
    return { test: () => false };
  }
}
