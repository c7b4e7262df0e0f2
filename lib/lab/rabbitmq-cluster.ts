/**
 * What a lab does to several nodes of a real RabbitMQ: joins them to a cluster, and cuts the links between them. All of it
 * is Erlang that the nodes evaluate, so that nothing but the installed RabbitMQ is needed.
 */
import type { RabbitmqServer } from './rabbitmq-server';

/** Joins all to the first, as disc nodes, by what stop_app, join_cluster and start_app call. */
export async function joined([first, ...others]: readonly RabbitmqServer[]): Promise<void> {
  if (first === undefined) return;
  // One after another: two that join at once change the same list of members, and one of them may fail.
  for (const node of others) {
    await node.evaluate(`ok = rabbit:stop(), ok = rabbit_mnesia:join_cluster('${first.nodename}', disc), ok = rabbit:start().`);
  }
}

/** Links of a node that are cut together, once whoever asks for them has asked for all. */
interface Cut {
  readonly others: string[];
  readonly done: Promise<void>;
}
const cuts = new WeakMap<RabbitmqServer, Cut>();

/**
 * Two running nodes lose each other at once. A cookie that only one of them has for the other keeps the two apart, whoever
 * tries to connect; to Erlang it is a broken connection, so a partition needs neither a firewall nor the minute of
 * net_ticktime. All links of a node that are cut in one turn go in one breath: who sees only some of them gone takes it for a
 * partial partition and severs more.
 */
export function cutLink(node: RabbitmqServer, other: RabbitmqServer): Promise<void> {
  const cut = cuts.get(node) ?? newCut(node);
  cut.others.push(`'${other.nodename}'`);
  return cut.done;
}

function newCut(node: RabbitmqServer): Cut {
  const others: string[] = [];
  const done = Promise.resolve().then(async () => {
    cuts.delete(node);
    const each = (call: string): string => `[${call} || Other <- [${others.join(', ')}]]`;
    await node.evaluate(`${each("erlang:set_cookie(Other, 'cut')")}, ${each('erlang:disconnect_node(Other)')}.`);
  });
  cuts.set(node, { others, done });
  return { others, done };
}

/** They find each other again: Mnesia and RabbitMQ try to connect every second, so nothing else has to be done. */
export async function healLink(node: RabbitmqServer, other: RabbitmqServer): Promise<void> {
  if (node.state !== 'running') return;
  await node.evaluate(`erlang:set_cookie('${other.nodename}', erlang:get_cookie()).`);
}
