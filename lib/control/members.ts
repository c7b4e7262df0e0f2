/**
 * Listings of a cluster: RabbitMQ's tools show the connections, channels, consumers and queues of all running members, whichever
 * of them is asked. Each member gives the rows of what lives on it; the one that is asked puts them together.
 */
import type { BrokerApi } from '../broker/api';
import type { Row } from './cells';
import type { ControlNode, ControlTarget } from './target';

/** Of which rows are wanted. */
export interface ShareQuestion {
  readonly listing: string;
  readonly vhost: string;
  /** The words of the command line: columns. */
  readonly args: readonly string[];
}

/** What rows are made from. */
export interface ShareCall extends Pick<ShareQuestion, 'vhost' | 'args'> {
  readonly node: ControlNode;
  readonly broker: BrokerApi;
  readonly target: Pick<ControlTarget, 'now'>;
}

/** The rows of what lives on a node itself, by listing. */
export type Shares = Readonly<Record<string, (call: ShareCall) => readonly Row[]>>;

/** The other members' rows; of those who do not answer, none. */
export async function othersRows({ cluster }: ControlNode, question: ShareQuestion): Promise<readonly Row[]> {
  if (cluster === undefined || cluster.running.length < 2) return [];
  const answers = await cluster.ask(JSON.stringify(question));
  return [...answers.values()].flatMap((answer) => JSON.parse(answer, revived) as Row[]);
}

/** What this node answers when another one asks. */
export function answerWith(shares: Shares, node: ControlNode, target: Pick<ControlTarget, 'now'>, question: string): string {
  const { listing, vhost, args } = JSON.parse(question) as ShareQuestion;
  const share = shares[listing];
  const { broker } = node;
  return broker === null || share === undefined ? '[]' : JSON.stringify(share({ node, broker, target, vhost, args }), written);
}

/** Arguments hold octets and large numbers, of which JSON knows nothing. */
function written(this: unknown, key: string, value: unknown): unknown {
  // JSON.stringify has let octets turn themselves into an object by now; `this` still has them.
  const original = (this as Readonly<Record<string, unknown>>)[key];
  if (Buffer.isBuffer(original)) return { [OCTETS]: original.toString('latin1') };
  return typeof value === 'bigint' ? { [LARGE]: String(value) } : value;
}

function revived(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (OCTETS in value) return Buffer.from(String(value[OCTETS]), 'latin1');
  return LARGE in value ? BigInt(String(value[LARGE])) : value;
}

/** No key of a field table begins so: its octets are those of a text. */
const OCTETS = '\0octets';
const LARGE = '\0large';

/** As the cluster names nodes: pictures leave the host out. */
export function nodenameOf({ cluster, nodename }: ControlNode, name: string): string {
  if (name.includes('@')) return name;
  const members = cluster?.members.map((member) => member.name) ?? [nodename];
  return members.find((member) => member.startsWith(`${name}@`)) ?? name;
}

export function isRunning({ cluster, nodename }: ControlNode, member: string): boolean {
  return member === nodename || (cluster?.running.includes(member) ?? false);
}
