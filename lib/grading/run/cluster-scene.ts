/**
 * What scenarios of operator exercises have in common: clusters brought into a state, and looked at once the operator
 * is done.
 */
import type { Stage } from '../scenario';
import { holdsInTime } from './lab-time';

/**
 * Of real nodes nothing has come for so long, three times as long where looks are quick: then nothing will. Ours are not waited
 * for, their clock is wound.
 */
const IDLE_MS = 10_000;
const LIMIT_MS = 240_000;

/** Of cluster_status, names as the lab has them. */
export interface Members {
  readonly disc: readonly string[];
  readonly ram: readonly string[];
  readonly running: readonly string[];
}

/** Makes the node a member of the other's cluster; it loses what it had. */
export async function join(stage: Stage, node: string, other: string): Promise<void> {
  await must(stage, `-n ${node} stop_app`);
  await must(stage, `-n ${node} join_cluster ${other}@localhost`);
  await must(stage, `-n ${node} start_app`);
}

/**
 * Sets a policy that mirrors the queue on all nodes, declares it through `home`, fills it, and waits until all nodes
 * have all.
 */
export async function mirrored(stage: Stage, queue: string, home: string, bodies: readonly string[]): Promise<void> {
  const definition = '{"ha-mode":"all","ha-sync-mode":"automatic"}';
  await must(stage, `-n ${home} set_policy -p ${stage.vhost} ha '^${queue}$' '${definition}' --apply-to queues`);
  await publish(stage, home, queue, bodies);
  const ready = async (): Promise<boolean> => {
    const { queues } = await stage.lab.snapshot(stage.vhost);
    const mirrors = queues.find(({ name }) => name === queue)?.mirrors ?? [];
    return mirrors.length > 0 && mirrors.every(({ synchronised }) => synchronised);
  };
  if (!(await settles(stage, `${queue} mirrored before the operator comes`, ready)))
    throw new Error(`${queue} has no mirror in sync.`);
}

/** Publishes persistent messages to a durable queue through a node; resolves when all are confirmed. */
export async function publish(stage: Stage, node: string, queue: string, bodies: readonly string[]): Promise<void> {
  const channel = await stage.open(node);
  await channel.assertQueue(queue, { durable: true });
  for (const body of bodies) channel.sendToQueue(queue, Buffer.from(body), { persistent: true });
  await channel.waitForConfirms();
  await channel.close();
}

/** Takes all messages out of a queue through the first of these nodes that gives them; null if none does. */
export async function drained(stage: Stage, queue: string, nodes: readonly string[]): Promise<string[] | null> {
  // Of a queue whose home is away, a client may be left waiting for a minute.
  if (!(await isUp(stage, queue))) return null;
  for (const node of nodes) {
    if (stage.lab.node(node).state !== 'running') continue;
    try {
      const channel = await stage.open(node);
      const bodies: string[] = [];
      for (let message = await channel.get(queue); message; message = await channel.get(queue)) {
        bodies.push(message.content.toString());
        channel.ack(message);
      }
      return bodies;
    } catch {
      // It takes no clients, or the queue is not there, or down: another node may have it.
    }
  }
  return null;
}

async function isUp({ lab, vhost }: Stage, queue: string): Promise<boolean> {
  if (!lab.nodes.some(({ state }) => state === 'running')) return false;
  const { queues } = await lab.snapshot(vhost);
  return queues.some(({ name, state = 'running' }) => name === queue && state === 'running');
}

/** Who is in the node's cluster, as it says itself; null if it does not answer, or its application does not run. */
export async function members(stage: Stage, node: string): Promise<Members | null> {
  const { exitCode, stdout } = await stage.lab.sh`rabbitmqctl -n ${node} -q cluster_status --formatter json`;
  if (exitCode !== 0) return null;
  const said = JSON.parse(stdout) as { disk_nodes: string[]; ram_nodes: string[]; running_nodes: string[] };
  const names = (nodes: readonly string[]): string[] => nodes.map((name) => name.replace(/@localhost$/, '')).sort();
  return { disc: names(said.disk_nodes), ram: names(said.ram_nodes), running: names(said.running_nodes) };
}

/** `stage.until` with the patience that clusters need. */
export function settles(stage: Stage, what: string, condition: () => boolean | Promise<boolean>): Promise<boolean> {
  const { lab } = stage;
  if (lab.engine !== 'warren') return stage.until(what, condition, { idleMs: IDLE_MS, limitMs: LIMIT_MS });
  let wound: Promise<boolean> | null = null;
  const once = (): Promise<boolean> => {
    // What has not come by the end of the winding does not come.
    wound ??= holdsInTime(lab, condition);
    return wound;
  };
  return stage.until(what, once, { idleMs: 0, limitMs: LIMIT_MS });
}

async function must(stage: Stage, line: string): Promise<void> {
  const text = Object.assign([`rabbitmqctl ${line}`], { raw: [`rabbitmqctl ${line}`] });
  const { exitCode, stdout, stderr } = await stage.lab.sh(text);
  if (exitCode !== 0) throw new Error(`rabbitmqctl ${line}: ${stdout}${stderr}`);
}
