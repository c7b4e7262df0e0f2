/** `rabbitmq-queues peek`: a message of a quorum queue, which stays where it is. The leader has it, on whichever node that is. */
import type { Row } from '../cells';
import { type Command, EXIT, failed, type NodeCall, type Result } from '../command';
import { othersRows, type ShareCall } from '../members';
import { prettyTable } from '../pretty-table';
import type { MessageProperty } from '../quorum-control';

const COLUMNS = ['keys', 'values'];

/** What a node that leads the queue tells of the message: a row for each property. */
export function peekHere(call: ShareCall): readonly Row[] {
  return rowsOf(call, true);
}

function rowsOf({ node: { quorum }, vhost, args: [name = '', position] }: ShareCall, leads: boolean): readonly Row[] {
  if (!quorum?.queues.some((queue) => queue.vhost === vhost && queue.name === name)) return [];
  const properties = quorum.peek({ vhost, name }, Number(position), leads) ?? [];
  return properties.map((one) => ({ keys: one.name, values: { term: one.text, json: JSON.stringify(one.json) } }));
}

/** Nobody may lead just now: then what the member here knows must do. */
async function found(call: NodeCall): Promise<readonly Row[]> {
  const own = rowsOf(call, true);
  if (own.length > 0) return own;
  const { node, vhost, args } = call;
  const others = await othersRows(node, { listing: PEEK.name, vhost, args });
  return others.length > 0 ? others : rowsOf(call, false);
}

async function peek(call: NodeCall): Promise<Result> {
  const { vhost, args, node, broker, target } = call;
  const name = args[0] as string;
  if (!node.quorum?.queues.some((queue) => queue.vhost === vhost && queue.name === name)) {
    const there =
      broker.listVhosts().includes(vhost) && broker.snapshot(vhost, target.now()).queues.some((queue) => queue.name === name);
    const missing = `Target queue was not found in virtual host '${vhost}'`;
    return failed(EXIT.unavailable, there ? 'Cannot peek into a classic queue' : missing);
  }
  const rows = await found(call);
  if (rows.length === 0) return failed(EXIT.unavailable, 'Target queue does not have a message at that position');
  const message = rows.map(propertyIn);
  const text = prettyTable(
    COLUMNS,
    message.map((one) => [one.name, one.text]),
  );
  return { kind: 'text', text, json: { message: sorted(message), result: 'ok' } };
}

function propertyIn({ keys, values }: Row): MessageProperty {
  const { term, json } = values as { readonly term: string; readonly json: string };
  return { name: keys as string, text: term, json: JSON.parse(json) };
}

function sorted(message: readonly MessageProperty[]): Readonly<Record<string, unknown>> {
  const byName = [...message].sort((one, other) => (one.name < other.name ? -1 : 1));
  return Object.fromEntries(byName.map(({ name, json }) => [name, json]));
}

export const PEEK: Command = {
  name: 'peek',
  tools: ['rabbitmq-queues'],
  group: 'Queues',
  usage: '[--vhost <vhost>] <queue> <position> [--timeout <timeout>]',
  description: 'Shows the message at a position of a quorum queue, the first being 1, and leaves it there',
  args: [2, 2],
  formatter: 'pretty_table',
  check: ({ args }) =>
    /^0*[1-9]\d*$/.test(args[1] as string)
      ? null
      : failed(EXIT.usage, '"position value must be a positive integer"', { form: 'argument' }),
  banner: ({ args, nodename }) => `Peeking at quorum queue ${args[0]} at position ${args[1]} on node ${nodename} ...`,
  run: peek,
};
