/** Policies and operator policies: what queues and exchanges whose names match are to be like. */
import type { BrokerApi, PoliciesApi } from '../../broker/api';
import { type Command, DONE, type NodeCall, type Result } from '../command';
import { noVhost, onParameterError, printJson, readJson } from './refusals';

const COLUMNS = ['vhost', 'name', 'pattern', 'apply-to', 'definition', 'priority'];

/** One of the two kinds, in the words of its commands. */
interface Kind {
  readonly set: string;
  readonly clear: string;
  readonly list: string;
  readonly policies: (broker: BrokerApi) => PoliciesApi;
  readonly setting: string;
  readonly clearing: string;
  readonly listing: string;
  readonly descriptions: readonly [set: string, clear: string, list: string];
}

const KINDS: readonly Kind[] = [
  {
    set: 'set_policy',
    clear: 'clear_policy',
    list: 'list_policies',
    policies: (broker) => broker.policies,
    setting: 'policy',
    clearing: 'policy',
    listing: 'policies',
    descriptions: [
      'Makes or replaces a policy for the queues and exchanges whose names match',
      'Removes a policy',
      'Lists the policies of a virtual host',
    ],
  },
  {
    set: 'set_operator_policy',
    clear: 'clear_operator_policy',
    list: 'list_operator_policies',
    policies: (broker) => broker.operatorPolicies,
    setting: 'operator policy override',
    clearing: 'operator policy',
    listing: 'operator policy overrides',
    descriptions: [
      'Makes or replaces a policy whose limits no other policy can exceed',
      'Removes an operator policy',
      'Lists the operator policies of a virtual host',
    ],
  },
];

export const POLICIES: readonly Command[] = KINDS.flatMap((kind): Command[] => [
  {
    name: kind.set,
    group: 'Policies',
    usage: '[--vhost <vhost>] [--priority <priority>] [--apply-to <apply-to>] <name> <pattern> <definition>',
    description: kind.descriptions[0],
    args: [3, 3],
    changes: true,
    logs: ({ args: [name, pattern], vhost, options: { own } }) =>
      `Successfully set policy '${name}' matching ${own['apply-to'] ?? 'all'} names in virtual host '${vhost}' ` +
      `using pattern '${pattern}'`,
    switches: { priority: { type: 'number' }, 'apply-to': { type: 'text' } },
    banner: ({ args: [name, pattern, definition], vhost, options: { own } }) =>
      `Setting ${kind.setting} "${name}" for pattern "${pattern}" to "${definition}" with priority "${own.priority ?? 0}" ` +
      `for vhost "${vhost}" ...`,
    run: (call) => setPolicy(call, kind.policies(call.broker)),
  },
  {
    name: kind.clear,
    group: 'Policies',
    usage: '[--vhost <vhost>] <name>',
    description: kind.descriptions[1],
    args: [1, 1],
    changes: true,
    banner: ({ args, vhost }) => `Clearing ${kind.clearing} "${args[0]}" on vhost "${vhost}" ...`,
    run: ({ args, vhost, broker }) =>
      onParameterError(vhost, () => kind.policies(broker).clear(vhost, args[0] as string)) ?? DONE,
  },
  {
    name: kind.list,
    tools: ['rabbitmqctl', 'rabbitmq-diagnostics'],
    group: 'Policies',
    usage: '[--vhost <vhost>] [--no-table-headers] [--timeout <timeout>]',
    description: kind.descriptions[2],
    args: [0, 0],
    table: true,
    banner: ({ vhost }) => `Listing ${kind.listing} for vhost "${vhost}" ...`,
    run: ({ vhost, broker }) => listPolicies(vhost, broker, kind.policies(broker)),
  },
]);

function setPolicy({ args, vhost, options: { own } }: NodeCall, policies: PoliciesApi): Result {
  const [name, pattern, text] = args as [string, string, string];
  const json = readJson(text);
  if ('kind' in json) return json;
  const request = {
    pattern,
    definition: json.value,
    ...(own.priority === undefined ? {} : { priority: own.priority }),
    applyTo: own['apply-to'] ?? 'all',
  };
  return onParameterError(vhost, () => policies.set(vhost, name, request)) ?? DONE;
}

function listPolicies(vhost: string, broker: BrokerApi, policies: PoliciesApi): Result {
  if (!broker.listVhosts().includes(vhost)) return noVhost(vhost);
  const rows = policies.list(vhost).map(({ name, pattern, applyTo, definition, priority }) => ({
    vhost,
    name,
    pattern,
    'apply-to': applyTo,
    definition: printJson(definition),
    priority,
  }));
  return { kind: 'rows', columns: COLUMNS, rows, whole: true };
}
