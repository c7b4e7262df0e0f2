/**
 * The claims ledger: each claim is an id, one sentence about a broker, and a check that holds on RabbitMQ 3.10.8.
 *
 * How to write one, in a file `test/claims/SUBJECT.claims.ts`:
 *
 *     import { strict as assert } from 'node:assert';
 *     import { claim } from './harness/claim';
 *
 *     claim('exchange.topic.hash-zero-words', 'In topics `#` matches zero or more words.', { notebook: '04' }, async (t) => {
 *       const ch = await t.confirmChannel();                        // amqplib; closed by itself after the check
 *       await ch.assertQueue(t.name('q'));                          // unique; the same name each time within this check
 *       await ch.bindQueue(t.name('q'), 'amq.topic', `${t.name('k')}.#`);
 *       await t.publish(ch, 'amq.topic', t.name('k'), 'm1');        // resolves with the broker's 'ack' or 'nack'
 *       assert.deepEqual(await t.drain(ch, t.name('q')), ['m1']);
 *       await t.refused(ch.checkQueue('none'), 404, "NOT_FOUND - no queue 'none' in vhost '{vhost}'");
 *     });
 *
 * - See it hold on RabbitMQ first: `npm run claims -- --engine rabbitmq --only exchange.topic`. The real one is the judge.
 * - Never sleep: `t.advance(ms)` lets broker time pass (wound on Warren, waited for on RabbitMQ), `t.eventually` asks
 *   again until an assertion holds, `t.quiet()` asserts that nothing more arrives, collectors wait for messages.
 * - An error that closes a channel or connection is awaited with `t.refused`; any other one fails the claim.
 * - For frames that amqplib does not send, `await t.wire()` gives a raw client (wire-client.ts).
 * - Claims of a file share a vhost and run at the same time on RabbitMQ: use `t.name`, and `vhost: 'own'` if the claim
 *   counts or lists what a vhost has, `alone: true` if it changes the whole node (alarms).
 * - What RabbitMQ does later and tells nobody must be waited for: messages of a channel or connection that ended come back
 *   a little later, dead letters arrive when they arrive, and a passive declare overtakes publishes that are not
 *   confirmed. `t.eventually`, `t.untilReady` and `t.untilRefused` wait for it.
 * - A claim that fails on RabbitMQ while others run beside it is asked once more when all are done: alone, in a vhost of
 *   its own and under new names. A machine under load is no reason to call a claim about behaviour false; failing alone
 *   is. Warren checks one claim at a time, on a clock that is wound, and gets no second chance.
 * - Claims about several nodes share what happens to a cluster: scenario.ts says how they are written.
 * - Where Warren has a reason to differ, give `differs: 'the reason'` and let the check look at `t.engine`: both
 *   behaviours are asserted. Without `differs` a check cannot see the engine.
 */
import type { ClaimContext } from './context';
import type { Scenario } from './scenario';

/** Number of a notebook of the course, `00` to `20`. */
export type NotebookNumber = `0${Digit}` | `1${Digit}` | '20';
type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

export interface ClaimOptions {
  /** The notebook that teaches it. */
  readonly notebook: NotebookNumber;
  /** Why Warren does something else; the check then asserts both behaviours by `t.engine`. */
  readonly differs?: string;
  /** A vhost of this claim's own instead of its file's. */
  readonly vhost?: 'own';
  /** Nothing else runs on the node meanwhile. */
  readonly alone?: true;
  /** What happened to the cluster that it is about (scenario.ts). */
  readonly scenario?: Scenario;
}

export type Check = (t: ClaimContext) => Promise<void>;

export interface Claim {
  readonly id: string;
  readonly sentence: string;
  readonly options: ClaimOptions;
  readonly check: Check;
  /** File name without `.claims.ts`; also the name of the vhost that its claims share. */
  readonly file: string;
}

const claims: Claim[] = [];
let currentFile = '';

export function claim(id: string, sentence: string, options: ClaimOptions, check: Check): void {
  if (!/^[a-z]+(\.[a-z0-9-]+){1,3}$/.test(id))
    throw new Error(`'${id}' is no claim id; write subject.detail, as in 'exchange.topic.hash'.`);
  if (claims.some((other) => other.id === id)) throw new Error(`Two claims have the id '${id}'.`);
  if (!/^[^|\n]+\.$/.test(sentence))
    throw new Error(`Claim '${id}': the sentence must be one line, end in a full stop and hold no '|'.`);
  claims.push({ id, sentence, options, check, file: currentFile });
}

/** All claims, in the order of files and lines. `load` reads one file. */
export function collectClaims(files: readonly string[], load: (file: string) => void): readonly Claim[] {
  for (const file of files) {
    currentFile = file.replace(/^.*\//, '').replace(/\.claims\.[jt]s$/, '');
    load(file);
  }
  return claims;
}
