/**
 * Answers to notebook 09, with their reasons. Each function can take the place of the one in the exercise's cell.
 */
import type { LabApi } from 'warren';

/** The lab of the notebook's first cell. */
declare const lab: LabApi;

/**
 * Exercise 1. Rights in one virtual host only keep the team out of `/`. Limits of the virtual host bound queues and connections.
 * For the length of queues it takes an operator policy: the team's own policies may say what they like, the lower number counts.
 * A user policy of high priority would do until somebody sets one of a higher.
 */
export async function addTenant(team: string, password: string): Promise<void> {
  await lab.sh`rabbitmqctl add_vhost ${team}`;
  await lab.sh`rabbitmqctl add_user ${team} ${password}`;
  await lab.sh`rabbitmqctl set_permissions -p ${team} ${team} .* .* .*`;
  await lab.sh`rabbitmqctl set_vhost_limits -p ${team} '{"max-queues":3,"max-connections":2}'`;
  await lab.sh`rabbitmqctl set_operator_policy -p ${team} roof .* '{"max-length":100}'`;
}

type Trouble = { forgotten: string[]; stuck: string[] };

/**
 * Exercise 2. One listing for each virtual host, as JSON: names may contain spaces and tabs. What is ready and has a consumer
 * waits because the consumer takes no more; what is only unacknowledged is being worked on. For a broker with thousands of
 * queues this is too dear to be run often; there the same two conditions are alarms of the monitoring system.
 */
export async function morningRound(): Promise<Trouble> {
  const vhosts = await lab.sh`rabbitmqctl -q list_vhosts --formatter json`;
  const trouble: Trouble = { forgotten: [], stuck: [] };
  for (const { name: vhost } of JSON.parse(vhosts.stdout) as { name: string }[]) {
    const queues = await lab.sh`rabbitmqctl -q list_queues -p ${vhost} --formatter json name messages_ready consumers`;
    for (const queue of JSON.parse(queues.stdout) as { name: string; messages_ready: number; consumers: number }[]) {
      if (queue.messages_ready === 0) continue;
      trouble[queue.consumers === 0 ? 'forgotten' : 'stuck'].push(`${vhost}:${queue.name}`);
    }
  }
  return trouble;
}

/**
 * Exercise 3. The limit stands at the door before anybody is put out of it; in the other order the program, which is faster than
 * a person, is back in between. A limit touches neither password nor rights, so nothing has to be remembered to undo it.
 */
export async function lockOut(user: string): Promise<void> {
  await lab.sh`rabbitmqctl set_user_limits ${user} '{"max-connections":0}'`;
  await lab.sh`rabbitmqctl close_all_user_connections ${user} ${'locked out; ask the operators'}`;
}

export async function letIn(user: string): Promise<void> {
  await lab.sh`rabbitmqctl clear_user_limits ${user} max-connections`;
}
