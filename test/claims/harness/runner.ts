/** Runs claims on an engine, as many at once as it allows, and tells how each went. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { collectClaims, type Claim } from './claim';
import { ClaimContext } from './context';
import type { Engine } from './engine';

export interface Outcome {
  readonly claim: Claim;
  /** What was wrong; null if the claim holds. */
  readonly failure: Error | null;
  readonly ms: number;
}

/** A check that waits for something that never comes is ended after this long. */
const CHECK_LIMIT_MS = 60_000;

/** Loads every `*.claims.ts` beside this folder. */
export function loadClaims(): readonly Claim[] {
  const folder = path.join(__dirname, '..');
  const files = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.claims.ts'))
    .sort();
  return collectClaims(
    files.map((name) => path.join(folder, name)),
    (file) => void require(file),
  );
}

/** The vhosts that these claims use: one a file, and one for each claim that asks for its own. */
function vhostOf(claim: Claim): string {
  return claim.options.vhost === 'own' ? claim.id : claim.file;
}

export class Runner {
  #number = 0;

  private constructor(private readonly engine: Engine) {}

  /** Makes the vhosts of these claims. */
  static async prepare(engine: Engine, claims: readonly Claim[]): Promise<Runner> {
    await engine.addVhosts([...new Set(claims.map(vhostOf))]);
    return new Runner(engine);
  }

  /** Throws what is wrong with the claim. */
  async #check(claim: Claim): Promise<void> {
    const context = new ClaimContext(this.engine, claim, vhostOf(claim), ++this.#number);
    try {
      await withLimit(claim.check(context));
    } catch (error) {
      await context.finish().catch(() => {});
      throw error;
    }
    await context.finish();
  }

  /** Starts them all and gives the outcome of each as it comes. Claims that must be alone run last, one by one. */
  begin(claims: readonly Claim[]): Map<Claim, Promise<Outcome>> {
    const settle = new Map<Claim, (outcome: Outcome) => void>();
    const outcomes = new Map(claims.map((claim) => [claim, new Promise<Outcome>((resolve) => settle.set(claim, resolve))]));
    const work = async (queue: Claim[]): Promise<void> => {
      for (let claim = queue.shift(); claim !== undefined; claim = queue.shift()) settle.get(claim)?.(await this.#outcome(claim));
    };
    const together = claims.filter((claim) => !claim.options.alone);
    const workers = Promise.all(Array.from({ length: this.engine.concurrency }, () => work(together)));
    void workers.then(() => work(claims.filter((claim) => claim.options.alone)));
    return outcomes;
  }

  async #outcome(claim: Claim): Promise<Outcome> {
    const began = performance.now();
    let failure: Error | null = null;
    try {
      await this.#check(claim);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    return { claim, failure, ms: performance.now() - began };
  }
}

async function withLimit(check: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the check did not end within ${CHECK_LIMIT_MS / 1000} s`)), CHECK_LIMIT_MS);
  });
  try {
    await Promise.race([check, limit]);
  } finally {
    clearTimeout(timer);
  }
}
