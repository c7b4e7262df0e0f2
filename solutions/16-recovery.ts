/**
 * Answers to notebook 16, with their reasons. Each function can take the place of the one in the exercise's cell.
 */
import type { LabApi } from 'warren';

/** Of the notebook's first cell. */
declare const told: (start: Promise<void>) => Promise<string>;
declare const untilOver: (cluster: LabApi, start: Promise<string>) => Promise<string>;

/**
 * Exercise 1. The node waits `limit` times, and then as often again: its start tries twice. So 60 s are two times ten waits of
 * 3 s. Short waits find a partner no sooner, for each ends as soon as the partner is there.
 */
export function patience(): { mnesia_table_loading_retry_timeout: number; mnesia_table_loading_retry_limit: number } {
  return { mnesia_table_loading_retry_timeout: 3000, mnesia_table_loading_retry_limit: 10 };
}

/**
 * Exercise 2. The line works on the folder of `left`, so it is typed there, and before the start: it makes the mirror the home,
 * and there is nobody left to wait for. rabbit3 is blank; it joins in three lines, and the policy makes it a mirror.
 */
export async function rescue(cluster: LabApi, left: string, lost: string): Promise<void> {
  await cluster.sh`rabbitmqctl -n ${left} forget_cluster_node --offline ${lost}@localhost`;
  await cluster.node(left).start();
  await cluster.node('rabbit3').start();
  await cluster.sh`rabbitmqctl -n rabbit3 stop_app`;
  await cluster.sh`rabbitmqctl -n rabbit3 join_cluster ${left}@localhost`;
  await cluster.sh`rabbitmqctl -n rabbit3 start_app`;
}

/**
 * Exercise 3. Each node is started alone, and has one of three answers: it `waits` and gives up, it is `blank`, or it `runs`. A
 * blank one is stopped before it does harm: it lets clients in, and keeps its old partner from starting.
 *
 *   waits + waits   at once                 both, side by side
 *   waits + runs    one after the other     the one that has given up, again
 *   blank + runs    the first is lost       forget it where the other runs; it joins
 *   blank + waits   the last is lost        forget it offline, start the other; it joins
 *
 * `force_boot` has no place here. It would start the one that waits in the last case, with its queue down.
 */
export async function repair(cluster: LabApi): Promise<void> {
  const pair = ['rabbit1', 'rabbit2'];
  const seen: Record<string, 'waits' | 'blank' | 'runs'> = {};
  for (const name of pair) {
    const said = await untilOver(cluster, told(cluster.node(name).start()));
    seen[name] = 'waits';
    if (said !== 'it runs') continue;
    const { stdout } = await cluster.sh`rabbitmqctl -n ${name} -q cluster_status --formatter json`;
    const { disk_nodes } = JSON.parse(stdout) as { disk_nodes: string[] };
    seen[name] = disk_nodes.length > 1 ? 'runs' : 'blank';
    if (seen[name] === 'blank') await cluster.node(name).stop();
  }
  const blank = pair.find((name) => seen[name] === 'blank');
  if (blank === undefined) {
    await Promise.all(pair.map((name) => cluster.node(name).start()));
    return;
  }
  const left = blank === 'rabbit1' ? 'rabbit2' : 'rabbit1';
  if (seen[left] === 'runs') await cluster.sh`rabbitmqctl -n ${left} forget_cluster_node ${blank}@localhost`;
  else {
    await cluster.sh`rabbitmqctl -n ${left} forget_cluster_node --offline ${blank}@localhost`;
    await cluster.node(left).start();
  }
  await cluster.node(blank).start();
  await cluster.sh`rabbitmqctl -n ${blank} stop_app`;
  await cluster.sh`rabbitmqctl -n ${blank} join_cluster ${left}@localhost`;
  await cluster.sh`rabbitmqctl -n ${blank} start_app`;
}
