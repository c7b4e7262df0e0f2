/**
 * The policies of a node: user's and operator's. Of those that match a queue or exchange the one with the highest priority rules;
 * what it and the operator's say together is the effective policy, limits being the smaller of both. A policy is a runtime
 * parameter (component `policy` or `operator_policy`), which is how it is kept.
 */
import type { ApplyTo, Json, JsonObject, PoliciesApi, Policy, PolicyRequest } from './api';
import { printedJson } from './erlang-term';
import type { Component, Parameters } from './parameters';
import { definitionError, LIMITING, suitsClassicQueue, suitsQuorumQueue } from './policy-definition';
import { compileRegexp, type Regexp } from './regexp/regexp';
import { RegexpError } from './regexp/source';

/** A policy that applies to queues may suit one kind of queue and not another. */
export type Subject = 'queue' | 'quorum queue' | 'exchange';

interface Rule extends Policy {
  readonly regexp: Regexp;
}

const APPLY_TO: readonly Json[] = ['all', 'exchanges', 'queues'];

/** The policies of users, or those of operators. */
export class PolicyList implements PoliciesApi, Component {
  /** By vhost and name. */
  private readonly rules = new Map<string, Map<string, Rule>>();

  constructor(
    private readonly component: 'policy' | 'operator_policy',
    private readonly parameters: Parameters,
    /** Queues and exchanges of the vhost may be ruled otherwise now. */
    private readonly onChange: (vhost: string) => void,
  ) {
    parameters.register(component, this);
  }

  set(vhost: string, name: string, { pattern, definition, priority = 0, applyTo }: PolicyRequest): void {
    const kept = { pattern, definition, priority, 'apply-to': applyTo ?? 'all' };
    this.parameters.setAny(vhost, this.component, name, kept);
  }

  clear(vhost: string, name: string): void {
    this.parameters.clearAny(vhost, this.component, name);
  }

  list(vhost?: string): readonly Policy[] {
    const lists = vhost === undefined ? [...this.rules.values()] : [this.rules.get(vhost) ?? new Map<string, Rule>()];
    return lists.flatMap((rules) => [...rules.values()].map(({ regexp, ...policy }) => policy)).sort(byPriority);
  }

  /** The policy that rules a queue or exchange. */
  match(vhost: string, kind: Subject, name: string): Policy | null {
    let best: Rule | null = null;
    for (const rule of this.rules.get(vhost)?.values() ?? []) {
      if (best !== null && best.priority >= rule.priority) continue;
      if (rule.applyTo !== 'all' && rule.applyTo !== (kind === 'exchange' ? 'exchanges' : 'queues')) continue;
      if (kind === 'queue' && !suitsClassicQueue(rule.definition)) continue;
      if (kind === 'quorum queue' && !suitsQuorumQueue(rule.definition)) continue;
      if (rule.regexp.test(name)) best = rule;
    }
    return best;
  }

  // --- as a component of the parameters ---

  validate(name: string, value: Json): readonly string[] {
    if (!isObject(value)) return [`${name} not a list ${printedJson(value)}`];
    const { priority, pattern, definition, 'apply-to': applyTo } = value;
    const wrong = [
      definition === undefined ? missing('definition', name) : definitionError('definition', definition, this.byOperator),
      applyTo === undefined || APPLY_TO.includes(applyTo)
        ? null
        : `apply-to '${String(applyTo)}' unrecognised; should be 'queues', 'exchanges' or 'all'`,
      pattern === undefined ? missing('pattern', name) : patternError(pattern),
      priority === undefined
        ? missing('priority', name)
        : typeof priority === 'number'
          ? null
          : `priority should be a number, actually was ${printedJson(priority)}`,
    ];
    return wrong.filter((text) => text !== null);
  }

  changed(vhost: string, name: string, value: Json | undefined): void {
    if (value === undefined) this.rules.get(vhost)?.delete(name);
    else this.rulesOf(vhost).set(name, ruleOf(vhost, name, value as JsonObject));
    this.onChange(vhost);
  }

  private rulesOf(vhost: string): Map<string, Rule> {
    const known = this.rules.get(vhost);
    if (known !== undefined) return known;
    const rules = new Map<string, Rule>();
    this.rules.set(vhost, rules);
    return rules;
  }

  private get byOperator(): boolean {
    return this.component === 'operator_policy';
  }
}

/** The policies that rule one queue or exchange. */
export class Ruling {
  /** What they come to together. */
  readonly definition: JsonObject;

  constructor(
    readonly user: Policy | null,
    readonly operator: Policy | null,
  ) {
    const definition: Record<string, Json> = { ...user?.definition };
    for (const [key, value] of Object.entries(operator?.definition ?? {})) {
      const own = definition[key];
      definition[key] = own !== undefined && LIMITING.has(key) ? Math.min(own as number, value as number) : value;
    }
    this.definition = definition;
  }

  /** Null without policies. */
  static of(user: Policy | null, operator: Policy | null): Ruling | null {
    return user === null && operator === null ? null : new Ruling(user, operator);
  }
}

export function isSameRuling(one: Ruling | null, other: Ruling | null): boolean {
  return one?.user === other?.user && one?.operator === other?.operator;
}

function ruleOf(vhost: string, name: string, value: JsonObject): Rule {
  const pattern = value.pattern as string;
  return {
    vhost,
    name,
    pattern,
    definition: value.definition as JsonObject,
    priority: value.priority as number,
    applyTo: (value['apply-to'] ?? 'all') as ApplyTo,
    regexp: compileRegexp(pattern),
  };
}

function patternError(pattern: Json): string | null {
  if (typeof pattern !== 'string') return `pattern should be a binary but was ${printedJson(pattern)}`;
  try {
    compileRegexp(pattern);
    return null;
  } catch (error) {
    if (!(error instanceof RegexpError)) throw error;
    return invalidPattern(error);
  }
}

/** Erlang's printer begins a new line, under the first element, where a term would end beyond column 79. */
function invalidPattern({ reason, offset }: RegexpError): string {
  const text = 'pattern should be regular expression but is invalid: ';
  const whole = `{"${reason}",${offset}}`;
  if (text.length + whole.length < 80) return text + whole;
  return `${text}{"${reason}",\n${' '.repeat(text.length + 1)}${offset}}`;
}

function missing(key: string, name: string): string {
  return `Key "${key}" not found in ${name}`;
}

function byPriority(one: Policy, other: Policy): number {
  return one.priority - other.priority;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
