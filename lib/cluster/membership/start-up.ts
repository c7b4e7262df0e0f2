/**
 * How a member of a cluster gets from its start to its definitions: it looks who is there, decides by boot.ts, and waits as long
 * as RabbitMQ would. Ends once, with what to do.
 */
import type { Clock, Log, Timer } from '../../world/world';
import { decideBoot, type Reached } from './boot';
import { assertConsistent, type ClusterError, type ClusterView } from './membership';
import type { Standing } from '../links/neighbours';
import type { Teller } from '../teller';

export interface Patience {
  /** Milliseconds; `mnesia_table_loading_retry_timeout`, default 30,000. */
  readonly retryTimeout: number;
  /** `mnesia_table_loading_retry_limit`, default 10. */
  readonly retryLimit: number;
}

/** A start that was given up. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
  constructor(
    /** What the tool that started the application is told: an Erlang term as Elixir prints it. */
    message: string,
    /** What a node says that ends with this. */
    readonly report: string,
  ) {
    super(message);
  }
}

export type StartOutcome =
  | { readonly kind: 'boot' }
  | { readonly kind: 'copy'; readonly from: string }
  | { readonly kind: 'failed'; readonly error: StartFailed };

export interface StartUpHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly teller: Teller;
  readonly patience: Partial<Patience> | undefined;
  readonly forced: boolean;
  /** Milliseconds since 1970 at which this node paused; 0: it did not. */
  readonly pausedAt: number;
  /** As this node wrote it down. */
  view(): ClusterView;
  /** Nodes that are linked. */
  known(): ReadonlyMap<string, Standing>;
}

/** RabbitMQ waits for its tables once more when the migration of a feature flag, which needs them, has failed. */
const ROUNDS = 2;
const PATIENCE: Patience = { retryTimeout: 30000, retryLimit: 10 };

export class StartUp {
  private timer: Timer | null = null;
  private readonly patience: Patience;
  private left: number;
  private round = 1;
  private missing: readonly string[] = [];

  constructor(
    private readonly host: StartUpHost,
    private readonly done: (outcome: StartOutcome) => void,
  ) {
    this.patience = { ...PATIENCE, ...host.patience };
    this.left = this.patience.retryLimit;
  }

  /** Who is there has changed. */
  look(): void {
    const { host } = this;
    const view = host.view();
    const running = [...host.known()].filter(([name, { state }]) => state === 'running' && isMemberOf(view, name));
    const refusal = disagreement(view, running);
    if (refusal !== null) {
      this.end({ kind: 'failed', error: refused(refusal) });
      return;
    }
    const reached = [...host.known()].flatMap(([name, standing]) => (isMemberOf(view, name) ? reachedOf(name, standing) : []));
    const decision = decideBoot(view, reached, host.forced, host.pausedAt);
    if (decision.kind === 'wait') {
      this.waitsFor(decision.for);
      if (this.timer === null) this.wait();
    } else if (decision.kind === 'nobody') this.end({ kind: 'failed', error: nobodyThere(decision.asked) });
    else this.end(decision);
  }

  private waitsFor(missing: readonly string[]): void {
    const { teller } = this.host;
    const news = missing.length !== this.missing.length || missing.some((name) => !this.missing.includes(name));
    this.missing = missing;
    if (news) teller.tell({ type: 'node.waiting', members: teller.allShown(missing) });
  }

  /** Nobody is told any more. */
  cancel(): void {
    this.timer?.cancel();
  }

  private end(outcome: StartOutcome): void {
    this.timer?.cancel();
    this.done(outcome);
  }

  private wait(): void {
    const { clock, log } = this.host;
    const { patience } = this;
    this.left--;
    log.write('info', `Waiting for Mnesia tables for ${patience.retryTimeout} ms, ${this.left} retries left`);
    this.timer = clock.after(patience.retryTimeout, () => {
      const nodes = [...this.host.view().members].reverse().map(({ name }) => name);
      log.write('warning', `Error while waiting for Mnesia tables: {timeout_waiting_for_tables,[${nodes.join(',')}],...}`);
      if (this.left === 0) {
        if (this.round === ROUNDS) {
          this.end({ kind: 'failed', error: outOfPatience(this.missing, nodes) });
          return;
        }
        log.write('error', 'Feature flag `quorum_queue`: migration function crashed: {error,timeout_waiting_for_tables}');
        this.round++;
        this.left = patience.retryLimit;
      }
      this.wait();
    });
  }
}

function isMemberOf({ members, self }: ClusterView, name: string): boolean {
  return name !== self && members.some((member) => member.name === name);
}

function reachedOf(name: string, { state, saw, pausedAt }: Standing): Reached[] {
  return state === 'stopped' ? [] : [{ name, state, saw, pausedAt }];
}

/** One running member that agrees is enough; without any that runs there is nobody to disagree. */
function disagreement(view: ClusterView, running: ReadonlyArray<readonly [string, Standing]>): ClusterError | null {
  let refusal: ClusterError | null = null;
  for (const [name, { members }] of running) {
    try {
      assertConsistent(view, { self: name, members, running: [] });
      return null;
    } catch (error) {
      refusal = error as ClusterError;
    }
  }
  return refusal;
}

// --- what is said of a start that failed ---

const START = '{:rabbit, :start, [:normal, []]}';

function bootFailed(text: string): string {
  return `BOOT FAILED\n===========\n${text}\n`;
}

/** `{error,TERM}` as Erlang breaks it into lines where it is too long for one. */
function startupError(head: string, ...elements: readonly string[]): string {
  const pad = ' '.repeat(26);
  const lines = ['Error during startup: {error,', `${pad}${head}`, ...elements.map((element) => `${pad}    ${element}`)];
  return bootFailed(`${lines.join('\n')}}}`);
}

function refused({ reason, message }: ClusterError): StartFailed {
  const text = message.replaceAll("'", "\\'");
  const report = startupError(`{${reason},`, `"${message}"`);
  return new StartFailed(`{:rabbit, {{:${reason}, '${text}'}, ${START}}}`, report);
}

/** A RAM node that is the first, or a folder that belongs to another node. */
export function nobodyThere(asked: readonly string[]): StartFailed {
  const why = 'Mnesia could not connect to any nodes.';
  const report = startupError('{failed_to_cluster_with,', `[${asked.join(',')}],`, `"${why}"`);
  const names = asked.map((name) => `:${name}`).join(', ');
  return new StartFailed(`{:rabbit, {{:failed_to_cluster_with, [${names}], '${why}'}, ${START}}}`, report);
}

function outOfPatience(missing: readonly string[], nodes: readonly string[]): StartFailed {
  const text = [
    `Timeout contacting cluster nodes: [${missing.join(',')}].`,
    '',
    'BACKGROUND',
    '==========',
    '',
    'This cluster node was shut down while other nodes were still running.',
    'To avoid losing data, you should start the other nodes first, then',
    'start this one. To force this node to start, first invoke',
    '"rabbitmqctl force_boot". If you do so, any changes made on other',
    'cluster nodes after this one was shut down may be lost.',
    '',
    'DIAGNOSTICS',
    '===========',
    '',
    `attempted to contact: [${missing.join(',')}]`,
  ];
  const names = nodes.map((name) => `:${name}`).join(', ');
  return new StartFailed(
    `{:rabbit, {{:timeout_waiting_for_tables, [${names}], [:rabbit_user, :rabbit_vhost, :rabbit_durable_queue]}, ${START}}}`,
    bootFailed(text.join('\n')),
  );
}
