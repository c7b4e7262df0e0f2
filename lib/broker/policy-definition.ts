/**
 * What a policy may say: for each key the values that RabbitMQ 3.10.8 accepts, in its order of checking and its words, and which
 * keys an operator may rule. What the keys mean is read in queue/settings.ts and exchange/exchange.ts; the keys of mirrored and
 * quorum queues are accepted and kept.
 */
import type { Json, JsonObject } from './api';
import { printedJson, printedPairs, sortedEntries } from './erlang-term';

/** What is wrong with a value, or null. */
type Check = (value: Json, all: JsonObject) => string | null;

const check =
  (right: (value: Json) => boolean, name: string): Check =>
  (value) =>
    right(value) ? null : `${printedJson(value)} is not a valid ${name}`;

const text = (name: string): Check => check((value) => typeof value === 'string', name);
const whole = (name: string, min = 0, max = Number.POSITIVE_INFINITY): Check =>
  check((value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max, name);
const oneOf = (name: string, ...allowed: readonly Json[]): Check => check((value) => allowed.includes(value), name);

/** Keys in groups: RabbitMQ checks a group only if those before it are right, and within one it tells the first mistake. */
const GROUPS: ReadonlyArray<Readonly<Record<string, Check>>> = [
  {
    'queue-master-locator': (value) =>
      ['client-local', 'min-masters', 'random'].includes(value as string)
        ? null
        : `${printedJson(value)} invalid queue-master-locator value`,
  },
  {
    'ha-mode': (mode) => (Object.hasOwn(MODES, String(mode)) ? null : `${printedJson(mode)} is not a valid ha-mode value`),
    'ha-params': () => null,
    'ha-sync-mode': quoted('ha-sync-mode', ['manual', 'automatic']),
    'ha-sync-batch-size': (size) =>
      Number.isInteger(size) && (size as number) > 0
        ? null
        : `ha-sync-batch-size takes an integer greater than 0, ${printedJson(size)} given`,
    'ha-promote-on-shutdown': quoted('ha-promote-on-shutdown', ['always', 'when-synced']),
    'ha-promote-on-failure': quoted('ha-promote-on-failure', ['always', 'when-synced']),
  },
  {
    'alternate-exchange': text('alternate exchange name'),
    'dead-letter-exchange': text('dead letter exchange name'),
    'dead-letter-routing-key': text('dead letter routing key'),
    'dead-letter-strategy': oneOf('dead letter strategy', 'at-most-once', 'at-least-once'),
    'message-ttl': whole('message TTL'),
    expires: whole('queue expiry', 1),
    'max-length': whole('maximum length'),
    'max-length-bytes': whole('maximum length in bytes'),
    'max-in-memory-length': whole('maximum memory in bytes'),
    'max-in-memory-bytes': whole('maximum memory in bytes'),
    'queue-mode': oneOf('queue-mode value', 'default', 'lazy'),
    'queue-version': oneOf('queue-version value', 1, 2),
    overflow: oneOf('overflow value', 'drop-head', 'reject-publish', 'reject-publish-dlx'),
    'delivery-limit': whole('delivery limit'),
    'max-age': check((value) => typeof value === 'string' && /^\d+[YMDhms]$/.test(value), 'max age'),
    'queue-leader-locator': oneOf('queue leader locator value', 'client-local', 'balanced', 'random', 'least-leaders'),
    'initial-cluster-size': whole('cluster size'),
    'stream-max-segment-size-bytes': whole('segment size', 0, 3000000000),
  },
  // RabbitMQ accepts these with its federation plugin only.
  {
    'federation-upstream': text('federation upstream'),
    'federation-upstream-set': text('federation upstream set'),
    'federation-upstream-pattern': text('federation upstream pattern'),
  },
];

/** A mirrored queue's modes, with the check of their parameters. */
const MODES: Readonly<Record<string, (params: Json | undefined) => string | null>> = {
  all: (params) => (params === undefined ? null : 'ha-mode="all" does not take parameters'),
  exactly: (params) =>
    Number.isInteger(params) && (params as number) > 0
      ? null
      : `ha-mode="exactly" takes an integer, ${params === undefined ? 'none' : printedJson(params)} given`,
  nodes: (params) => {
    if (!Array.isArray(params))
      return `ha-mode="nodes" takes a list, ${params === undefined ? 'none' : printedJson(params)} given`;
    if (params.length === 0) return 'ha-mode="nodes" list must be non-empty';
    const wrong = params.filter((node: Json) => typeof node !== 'string');
    return wrong.length === 0 ? null : `ha-mode="nodes" takes a list of strings, ${printedJson(wrong)} was not a string`;
  },
};

function quoted(key: string, [one, other]: readonly [string, string]): Check {
  return (value) =>
    value === one || value === other ? null : `${key} must be "${one}" or "${other}", got ${printedJson(value)}`;
}

/** Numbers of which the smaller one wins: those that both a user and an operator, or a policy and an argument, may give. */
export const LIMITING: ReadonlySet<string> = new Set([
  'expires',
  'message-ttl',
  'max-length',
  'max-length-bytes',
  'max-in-memory-length',
  'max-in-memory-bytes',
  'delivery-limit',
]);

/** A policy with one of these does not apply to a classic queue at all, whatever else it says (RabbitMQ). */
const NOT_FOR_CLASSIC = [
  'max-age',
  'stream-max-segment-size-bytes',
  'queue-leader-locator',
  'initial-cluster-size',
  'delivery-limit',
  'dead-letter-strategy',
];

const NOT_FOR_QUORUM = [
  'max-priority',
  'queue-mode',
  'single-active-consumer',
  'ha-mode',
  'ha-params',
  'ha-sync-mode',
  'ha-promote-on-shutdown',
  'ha-promote-on-failure',
  'queue-master-locator',
  'max-age',
  'stream-max-segment-size-bytes',
  'initial-cluster-size',
];

export function suitsClassicQueue(definition: JsonObject): boolean {
  return !NOT_FOR_CLASSIC.some((key) => Object.hasOwn(definition, key));
}

export function suitsQuorumQueue(definition: JsonObject): boolean {
  return !NOT_FOR_QUORUM.some((key) => Object.hasOwn(definition, key));
}

/** What is wrong with a definition, or null. An operator may rule limits only. */
export function definitionError(name: string, definition: Json, byOperator: boolean): string | null {
  if (typeof definition !== 'object' || definition === null) {
    const validator = byOperator ? 'operator_policy_validator' : 'policy_validator';
    return `parse error while reading policy ${name}: ${printedJson(definition)}. Validator: ${validator}.`;
  }
  if (Array.isArray(definition)) {
    return definition.length === 0 ? 'no policy provided' : `definition must be a dictionary: ${printedJson(definition)}`;
  }
  const all = definition as JsonObject;
  if (Object.keys(all).length === 0) return 'no policy provided';
  const groups = byOperator ? [operatorKeys()] : GROUPS;
  for (const group of groups) {
    const wrong = groupError(group, all);
    if (wrong !== null) return wrong;
  }
  const unknown = Object.entries(all).filter(([key]) => !groups.some((group) => Object.hasOwn(group, key)));
  return unknown.length === 0 ? null : `${printedPairs(Object.fromEntries(unknown))} are not recognised policy settings`;
}

function operatorKeys(): Readonly<Record<string, Check>> {
  return Object.fromEntries(
    Object.entries(Object.assign({}, ...GROUPS) as Record<string, Check>).filter(([key]) => LIMITING.has(key)),
  );
}

function groupError(group: Readonly<Record<string, Check>>, all: JsonObject): string | null {
  if (Object.hasOwn(group, 'ha-mode')) return mirroringError(group, all);
  for (const [key, value] of sortedEntries(all)) {
    const wrong = Object.hasOwn(group, key) ? (group[key] as Check)(value, all) : null;
    if (wrong !== null) return wrong;
  }
  return null;
}

/** In the order of the table; the mode comes first, for the parameters hang on it. */
function mirroringError(group: Readonly<Record<string, Check>>, all: JsonObject): string | null {
  const given = Object.keys(group).filter((key) => Object.hasOwn(all, key));
  if (given.length === 0) return null;
  const mode = all['ha-mode'];
  if (mode === undefined) return 'ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown';
  const wrongMode = (group['ha-mode'] as Check)(mode, all) ?? (MODES[String(mode)] as (typeof MODES)[string])(all['ha-params']);
  if (wrongMode !== null) return wrongMode;
  for (const key of given) {
    const wrong = (group[key] as Check)(all[key] as Json, all);
    if (wrong !== null) return wrong;
  }
  return null;
}
