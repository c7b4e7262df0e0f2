/** What the claims about rabbitmqctl share: a line that must succeed, and one that must not. */
import { strict as assert } from 'node:assert';
import type { ClaimContext } from './harness/context';

/** Runs a command that must succeed, quietly; gives what it prints, without the last line end. */
export async function told(t: ClaimContext, ...args: string[]): Promise<string> {
  const { line, exitCode, stdout, stderr } = await t.ctl('-q', ...args);
  assert.equal(exitCode, 0, `${line}: ${stderr}`);
  return stdout.replace(/\n$/, '');
}

/** The rows of a listing by `--formatter json`. */
export async function rows(t: ClaimContext, ...args: string[]): Promise<Record<string, unknown>[]> {
  return JSON.parse(await told(t, ...args, '--formatter', 'json')) as Record<string, unknown>[];
}

/** Runs a command that must fail with this exit code and say this, in its standard error without the heading `Error:`. */
export async function fails(t: ClaimContext, exitCode: number, text: string | RegExp, ...args: string[]): Promise<void> {
  const result = await t.ctl(...args);
  const said = result.stderr.replace(/^Error:\n/, '').trimEnd();
  assert.equal(result.exitCode, exitCode, `${result.line}: ${said}`);
  if (typeof text === 'string') assert.equal(said, text);
  else assert.match(said, text);
}
