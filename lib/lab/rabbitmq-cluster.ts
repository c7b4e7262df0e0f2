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
  readonly others: RabbitmqServer[];
  readonly done: Promise<void>;
}
const cuts = new WeakMap<RabbitmqServer, Cut>();

/**
 * Two running nodes lose each other at once. A cookie that only one of them has for the other keeps the two apart, whoever
 * tries to connect; to Erlang it is a broken connection, so a partition needs neither a firewall nor the minute of
 * net_ticktime. All links of a node that are cut in one turn are gone before anybody notices that one of them is.
 */
export function cutLink(node: RabbitmqServer, other: RabbitmqServer): Promise<void> {
  const cut = cuts.get(node) ?? newCut(node);
  cut.others.push(other);
  return cut.done;
}

function newCut(node: RabbitmqServer): Cut {
  const others: RabbitmqServer[] = [];
  const done = Promise.resolve().then(async () => {
    cuts.delete(node);
    const names = others.map(({ nodename }) => `'${nodename}'`).join(', ');
    const each = (call: string): string => `[${call} || Other <- [${names}]]`;
    await unnoticed([node, ...others], async () => {
      await node.evaluate(`${each("erlang:set_cookie(Other, 'cut')")}, ${each('erlang:disconnect_node(Other)')}.`);
    });
  });
  cuts.set(node, { others, done });
  return { others, done };
}

/**
 * Node monitors stand still meanwhile. One that hears of a node's end asks the others whether they still reach that node; from
 * one whose own link to it is only about to be cut it would hear "yes", and leave it for that: three sides instead of two.
 */
async function unnoticed(nodes: readonly RabbitmqServer[], act: () => Promise<void>): Promise<void> {
  const eachMonitor = async (call: 'suspend' | 'resume'): Promise<void> => {
    const running = nodes.filter(({ state }) => state === 'running');
    // A node that does not answer, or whose application is stopped, asks nobody.
    await Promise.allSettled(running.map((node) => node.evaluate(`catch sys:${call}(rabbit_node_monitor).`)));
  };
  await eachMonitor('suspend');
  await act().finally(() => eachMonitor('resume'));
}

/** They find each other again: Mnesia and RabbitMQ try to connect every second, so nothing else has to be done. */
export async function healLink(node: RabbitmqServer, other: RabbitmqServer): Promise<void> {
  if (node.state !== 'running') return;
  await node.evaluate(`erlang:set_cookie('${other.nodename}', erlang:get_cookie()).`);
}
