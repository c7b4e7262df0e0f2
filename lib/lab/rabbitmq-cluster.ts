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

/**
 * Two running nodes lose each other at once. A cookie that only one of them has for the other keeps the two apart, whoever
 * tries to connect; to Erlang it is a broken connection, so a partition needs neither a firewall nor the minute of
 * net_ticktime.
 */
export async function cutLink(node: RabbitmqServer, other: RabbitmqServer): Promise<void> {
  await node.evaluate(`erlang:set_cookie('${other.nodename}', 'cut'), erlang:disconnect_node('${other.nodename}').`);
}

/** They find each other again: Mnesia and RabbitMQ try to connect every second, so nothing else has to be done. */
export async function healLink(node: RabbitmqServer, other: RabbitmqServer): Promise<void> {
  if (node.state !== 'running') return;
  await node.evaluate(`erlang:set_cookie('${other.nodename}', erlang:get_cookie()).`);
}
