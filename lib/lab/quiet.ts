/**
 * When have all connections gone quiet? Bytes between sockets of this process move within a few rounds of the event loop,
 * so rounds are counted rather than time waited. A client in another process (a Python program, say) needs time to be
 * scheduled and to answer; while one is connected, quiet is a matter of time.
 */
import type { Traffic } from './engine';
import { ownPorts } from './own-sockets';

/** One byte's way (client, relay, broker, relay, client) takes up to eight rounds; nothing at all for this many means quiet. */
const QUIET_ROUNDS = 12;
/** More than the 40 ms for which Linux delays acknowledgements that a client with Nagle's algorithm waits for. */
const FOREIGN_QUIET_MS = 50;

/** Traffic that lasts longer is not going to end by itself. */
const PATIENCE_MS = 30_000;

/** Resolves when nothing moves any more. `busy` tells of work that moves no bytes. Rejects if there is no end to it. */
export async function quiet(traffic: Traffic, busy: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  await quietRounds(traffic, busy, deadline);
  const own = ownPorts();
  while (traffic.clientPorts.some((port) => !own.has(port))) {
    const before = traffic.moved;
    await silence(traffic, FOREIGN_QUIET_MS, deadline);
    await quietRounds(traffic, busy, deadline);
    if (traffic.moved === before) return;
  }
}

/** Resolves when no byte has moved for so many milliseconds. Rejects if there is no end to the traffic. */
export async function quietFor(traffic: Traffic, ms: number): Promise<void> {
  await silence(traffic, ms, performance.now() + PATIENCE_MS);
}

async function quietRounds(traffic: Traffic, busy: () => boolean, deadline: number): Promise<void> {
  let moved = traffic.moved;
  for (let round = 0; round < QUIET_ROUNDS; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (traffic.moved === moved && !busy()) continue;
    mustNotBePast(deadline);
    moved = traffic.moved;
    round = -1;
  }
}

async function silence(traffic: Traffic, ms: number, deadline: number): Promise<void> {
  let moved = traffic.moved;
  let since = performance.now();
  while (performance.now() - since < ms) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (traffic.moved === moved) continue;
    mustNotBePast(deadline);
    moved = traffic.moved;
    since = performance.now();
  }
}

function mustNotBePast(deadline: number): void {
  if (performance.now() < deadline) return;
  throw new Error(
    `The connections have not gone quiet within ${PATIENCE_MS / 1000} s: some client sends without end. Stop it first, or ` +
      'wait for an event of the trace instead (lab.trace.waitFor).',
  );
}
