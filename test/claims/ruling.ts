/** Policies of a claim's own: they match the names that the claim makes, and nothing of its neighbours. */
import { strict as assert } from 'node:assert';
import type { CommandResult } from '../../lib/lab/api';
import type { ClaimContext } from './harness/context';

/** Runs rabbitmqctl and insists that it succeeds. */
export async function run(t: ClaimContext, ...args: string[]): Promise<CommandResult> {
  const result = await t.ctl(...args);
  assert.equal(result.exitCode, 0, `${result.line}: ${result.stderr}`);
  return result;
}

/** A line that the node logs through the tool. */
const LOGGED = /^\d\d:\d\d:\d\d\.\d+ \[\w+\] /;

/** What rabbitmqctl says on standard error when it refuses, without empty lines and logged ones. */
export async function refusal(t: ClaimContext, exitCode: number, ...args: string[]): Promise<string[]> {
  const result = await t.ctl(...args);
  assert.equal(result.exitCode, exitCode, `${result.line}: ${result.stdout}${result.stderr}`);
  return result.stderr.split('\n').filter((line) => line.trim() !== '' && !LOGGED.test(line));
}

/** An expression for exactly this name. */
export function only(name: string): string {
  return `^${name.replaceAll('.', '\\.')}$`;
}

type Definition = Readonly<Record<string, unknown>>;

export async function setPolicy(
  t: ClaimContext,
  name: string,
  pattern: string,
  definition: Definition,
  ...options: string[]
): Promise<void> {
  await run(t, 'set_policy', '-p', t.vhost, ...options, t.name(name), pattern, JSON.stringify(definition));
}

export async function clearPolicy(t: ClaimContext, name: string): Promise<void> {
  await run(t, 'clear_policy', '-p', t.vhost, t.name(name));
}

export async function setOperatorPolicy(t: ClaimContext, name: string, pattern: string, definition: Definition): Promise<void> {
  await run(t, 'set_operator_policy', '-p', t.vhost, t.name(name), pattern, JSON.stringify(definition));
}

/** A column of `rabbitmqctl list_queues` for one queue. */
export async function column(t: ClaimContext, queue: string, column: string): Promise<string> {
  const { stdout } = await run(t, 'list_queues', '-q', '-p', t.vhost, 'name', column);
  const row = stdout.split('\n').find((line) => line.startsWith(`${queue}\t`));
  assert.ok(row !== undefined, `no queue ${queue} in ${stdout}`);
  return row.slice(queue.length + 1);
}
