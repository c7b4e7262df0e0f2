/**
 * Runs claims on an engine, as many at once as it allows, and tells how each went. A claim that fails beside others is
 * asked once more, alone, when all others are done; only what fails alone fails.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { collectClaims, type Claim } from './claim';
import { ClaimContext } from './context';
import type { Engine, EngineName } from './engine';
import type { Scenario } from './scenario';

export interface Outcome {
  readonly claim: Claim;
  /** What was wrong; null if the claim holds. */
  readonly failure: Error | null;
  /** What was wrong beside other claims, if it was asked again. */
  readonly firstFailure?: Error | null;
  /** It was not asked: its scenario is not in the sample of this run. */
  readonly notAsked?: true;
  /** What is wrong with it on Warren, which does not carry it yet (not-carried.ts). */
  readonly notCarried?: Error;
  readonly ms: number;
}

/**
 * A check that waits for something that never comes is ended after this long. The longest waits 35 s for the broker or for a
 * scenario; others wait for their turn to run rabbitmqctl, which may take many seconds on a machine under load.
 */
const CHECK_LIMIT_MS: Readonly<Record<EngineName, number>> = { warren: 60_000, rabbitmq: 660_000 };

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

/** Claims by what they are about, in the order in which the scenarios come first. */
export function byScenario(claims: readonly Claim[]): Map<Scenario, readonly Claim[]> {
  const groups = new Map<Scenario, Claim[]>();
  for (const claim of claims) {
    const { scenario } = claim.options;
    if (scenario !== undefined) groups.set(scenario, [...(groups.get(scenario) ?? []), claim]);
  }
  return groups;
}

/** For a claim that is asked again: in its first vhost is what the first check left, and it may have deleted it. */
function secondVhostOf(claim: Claim): string {
  return `${claim.id} again`;
}

export class Runner {
  #number = 0;

  private constructor(private readonly engine: Engine) {}

  /** Makes the vhosts of these claims. */
  static async prepare(engine: Engine, claims: readonly Claim[]): Promise<Runner> {
    await engine.addVhosts([...new Set(claims.filter(({ options }) => options.scenario === undefined).map(vhostOf))]);
    return new Runner(engine);
  }

  /**
   * Starts them all and gives the outcome of each as it comes. Claims that must be alone run last, one by one; behind them
   * those that have failed beside others, then scenario after scenario. `mayPlay` is asked before each scenario. What the
   * outcomes mean is not judged here (not-carried.ts).
   */
  begin(claims: readonly Claim[], mayPlay: () => boolean = () => true): Map<Claim, Promise<Outcome>> {
    const settle = new Map<Claim, (outcome: Outcome) => void>();
    const outcomes = new Map(claims.map((claim) => [claim, new Promise<Outcome>((resolve) => settle.set(claim, resolve))]));
    const tell = (outcome: Outcome): void => settle.get(outcome.claim)?.(outcome);
    void this.#runAll(
      claims.filter(({ options }) => options.scenario === undefined),
      tell,
    ).then(() => this.#playAll(claims, mayPlay, tell));
    return outcomes;
  }

  async #runAll(claims: readonly Claim[], tell: (outcome: Outcome) => void): Promise<void> {
    const { concurrency } = this.engine;
    const together = claims.filter((claim) => !claim.options.alone);
    const doubted: Outcome[] = [];
    const work = async (): Promise<void> => {
      for (let claim = together.shift(); claim !== undefined; claim = together.shift()) {
        const outcome = await this.#ask(claim, vhostOf(claim));
        if (outcome.failure === null || concurrency === 1) tell(outcome);
        else doubted.push(outcome);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    for (const claim of claims) if (claim.options.alone) tell(await this.#ask(claim, vhostOf(claim)));
    if (doubted.length > 0) await this.engine.addVhosts(doubted.map(({ claim }) => secondVhostOf(claim)));
    for (const { claim, failure } of doubted) tell({ ...(await this.#ask(claim, secondVhostOf(claim))), firstFailure: failure });
  }

  async #playAll(claims: readonly Claim[], mayPlay: () => boolean, tell: (outcome: Outcome) => void): Promise<void> {
    const { concurrency } = this.engine;
    for (const [scenario, about] of byScenario(claims)) {
      if (!mayPlay()) {
        for (const claim of about) tell({ claim, failure: null, notAsked: true, ms: 0 });
        continue;
      }
      const doubted: Outcome[] = [];
      for (const claim of about) {
        const outcome = await this.#ask(claim, vhostOf(claim));
        if (outcome.failure === null || concurrency === 1) tell(outcome);
        else doubted.push(outcome);
      }
      this.engine.forget(scenario);
      for (const { claim, failure } of doubted) tell({ ...(await this.#ask(claim, vhostOf(claim))), firstFailure: failure });
      this.engine.forget(scenario);
    }
  }

  async #ask(claim: Claim, vhost: string): Promise<Outcome> {
    const began = performance.now();
    let failure: Error | null = null;
    try {
      await this.#check(claim, vhost);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    return { claim, failure, ms: performance.now() - began };
  }

  /** Throws what is wrong with the claim. */
  async #check(claim: Claim, vhost: string): Promise<void> {
    const context = new ClaimContext(this.engine, claim, vhost, ++this.#number);
    try {
      await withLimit(CHECK_LIMIT_MS[this.engine.name], claim.check(context));
    } catch (error) {
      await context.finish().catch(() => {});
      throw error;
    }
    await context.finish();
  }
}

async function withLimit(limitMs: number, check: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the check did not end within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    await Promise.race([check, limit]);
  } finally {
    clearTimeout(timer);
  }
}
