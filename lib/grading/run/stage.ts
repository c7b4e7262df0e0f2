/** The stage of one run: what a scenario calls, made of the lab, the sandbox and the wire. */
import * as amqp from 'amqplib';
import type { LabApi } from '../../lab/api';
import type { TraceEvent } from '../../trace/events';
import type { QueueSnapshot, Snapshot } from '../../trace/snapshot';
import type { Command, LedgerEntry, RunFacts, Wait } from '../history';
import { ProgramProcess } from '../sandbox/program-process';
import type { Line, Program, ProgramOptions, Stage } from '../scenario';
import type { WireRecord } from '../wire/wire-record';
import { operate } from './operate';
import { Random } from './random';
import type { Overrun, RunOptions } from './run';
import type { Shelf } from './shelf';
import type { Tenancy } from './tenancy';
import { Patience } from './patience';
import { WireHistory } from './wire-history';
import { WayToBroker } from './wire-line';

/** The queue to which programs say what they have done; in their environment as LEDGER. */
const LEDGER = 'ledger';
/** After something has moved, so long is waited for what comes with it, in milliseconds. */
const GATHER_MS = 4;

export class RunStage implements Stage {
  readonly seed: number;
  readonly random: Random;
  readonly env: Record<string, string> = {};
  /** What the scenario waits for now, for whoever ends it. */
  waitingFor = '';
  /** Resolves when the answer goes beyond a limit. */
  readonly excess: Promise<Overrun>;
  private exceed: (what: Overrun) => void = () => undefined;
  private readonly wire: WireHistory;
  private readonly programs: ProgramProcess[] = [];
  private readonly ways: WayToBroker[] = [];
  private readonly opened: amqp.ChannelModel[] = [];
  private readonly listings = new Map<string, Snapshot>();
  private readonly notes = new Map<string, unknown>();
  private readonly waits: Wait[] = [];
  private readonly happened = new Set<string>();
  private commands: readonly Command[] = [];
  private readonly startedAt = performance.now();
  /** Called when anything happens that a wait could have waited for. */
  private readonly stirred = new Set<() => void>();
  /** So often something happened. */
  private movements = 0;

  constructor(
    private readonly options: RunOptions,
    readonly lab: LabApi,
    private readonly tenancy: Tenancy,
    readonly channel: amqp.ConfirmChannel,
  ) {
    this.seed = options.seed;
    this.random = new Random(options.seed);
    this.excess = new Promise((resolve) => {
      this.exceed = resolve;
    });
    this.wire = new WireHistory(
      options.wire,
      () => performance.now() - this.startedAt,
      (what) => this.exceed(what),
    );
    this.wire.watch(() => this.stir());
  }

  get vhost(): string {
    return this.tenancy.vhost;
  }

  async program(name = 'program', { env = {}, permissions }: ProgramOptions = {}): Promise<Program> {
    const url = await this.tenancy.addUser(name, permissions);
    const { answer, limits } = this.options;
    if (answer.kind !== 'program') throw new Error('This exercise asks for command lines; its scenario starts no program.');
    const port = this.lab.node().port;
    const way = new WayToBroker({
      upstream: () => ({ host: '127.0.0.1', port }),
      newConnection: () => this.wire.newConnection(),
      record: (connection, what, cut) => this.wire.add(name, connection, what, cut),
    });
    this.ways.push(way);
    const room = answer.open(limits);
    const order = { ...answer.order(room.inside), env: { ...this.env, ROLE: name, ...env }, url };
    const program = new ProgramProcess(name, room, order, limits, (server) => way.open(server));
    this.programs.push(program);
    program.onChange(() => {
      if (program.excess !== null) this.exceed(program.excess);
      this.stir();
    });
    this.waitingFor = `${name} to load`;
    await program.loaded;
    return program;
  }

  open(node?: string): Promise<amqp.ConfirmChannel> {
    return this.openAt(this.tenancy.url(node));
  }

  async addVhost(name: string): Promise<amqp.ConfirmChannel> {
    await this.tenancy.addVhost(name);
    return this.openAt(this.tenancy.url(undefined, name));
  }

  async operate(shelf: Shelf = new Map()): Promise<readonly Command[]> {
    const { answer } = this.options;
    if (answer.kind !== 'lines') throw new Error('This exercise asks for a program; its scenario runs no command lines.');
    const begins = (line: string): void => {
      this.waitingFor = line;
    };
    this.commands = await operate({ lab: this.lab, lines: answer.lines, env: this.env, shelf, begins });
    return this.commands;
  }

  async until(
    what: string,
    condition: () => boolean | Promise<boolean>,
    limits: { idleMs?: number; limitMs?: number } = {},
  ): Promise<boolean> {
    this.waitingFor = what;
    const began = performance.now();
    const patience = new Patience(this.programs, limits, this.lab.engine === 'warren');
    let seen = this.movements;
    let asked = performance.now();
    let held = await condition();
    let end: ReturnType<Patience['exhausted']> = null;
    while (!held && end === null) {
      const questionMs = performance.now() - asked;
      await this.nextLook(patience.lookAgainMs, seen);
      end = patience.exhausted(this.movements !== seen, questionMs);
      seen = this.movements;
      asked = performance.now();
      held = await condition();
    }
    const { limitMs } = patience;
    if (!held && end === 'late') this.exceed({ limit: 'time', allowed: limitMs, used: limitMs, unit: 'ms' });
    this.waits.push({ what, held, ms: performance.now() - began });
    return held;
  }

  atEach(act: (record: WireRecord, line: Line) => void): void {
    this.wire.watch((record, cut) => {
      const cutHere = (): void => {
        this.lab.trace.note(`the grader cuts the connection at ${record.method}`);
        cut();
      };
      act(record, { cut: cutHere });
    });
  }

  async depth(queue: string): Promise<number> {
    return (await this.queue(queue)).ready;
  }

  async unsettled(queue: string): Promise<number> {
    return (await this.queue(queue)).unacked;
  }

  async listing(moment: string): Promise<Snapshot> {
    const snapshot = await this.lab.snapshot(this.vhost);
    this.listings.set(moment, snapshot);
    return snapshot;
  }

  note(name: string, value: unknown): void {
    this.notes.set(name, value);
  }

  sometimes(name: string): void {
    if (!this.options.scenario.sometimes?.includes(name))
      throw new Error(`The scenario does not list '${name}' as something that must happen.`);
    this.happened.add(name);
  }

  /** Ends what still runs. What is known then is the history. */
  async end(): Promise<void> {
    await Promise.all(this.programs.map((program) => (program.hasEnded ? undefined : program.stop())));
    await Promise.all(this.ways.map((way) => way.close()));
    await Promise.all(this.opened.map((connection) => connection.close().catch(() => undefined)));
  }

  facts(events: readonly TraceEvent[]): RunFacts {
    const { seed, env, listings, notes, waits, commands } = this;
    const programs = this.programs.map(({ fate }) => fate);
    const { records } = this.wire;
    const ledger = ledgerOf(records);
    const { happened: sometimes } = this;
    return { seed, env, records, listings, ledger, notes, waits, programs, commands, events, sometimes };
  }

  private async openAt(url: string): Promise<amqp.ConfirmChannel> {
    const connection = await amqp.connect(url, { clientProperties: { connection_name: 'grader' } });
    this.opened.push(connection);
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    return channel;
  }

  private async queue(name: string): Promise<QueueSnapshot> {
    const { queues } = await this.lab.snapshot(this.vhost);
    const found = queues.find((queue) => queue.name === name);
    if (found === undefined) throw new Error(`There is no queue '${name}' in this run.`);
    return found;
  }

  private stir(): void {
    this.movements += 1;
    for (const fn of this.stirred) fn();
  }

  /** Resolves when nothing happened for so long; or soon after something did, also if that was before, since `seen`. */
  private async nextLook(ms: number, seen: number): Promise<void> {
    await new Promise<void>((resolve) => {
      let timer = setTimeout(over, ms);
      // What else comes with it is looked at together: a look asks the broker for all it has.
      const soon = (): void => {
        this.stirred.delete(soon);
        clearTimeout(timer);
        timer = setTimeout(over, GATHER_MS);
      };
      const { stirred } = this;
      function over(): void {
        stirred.delete(soon);
        // A timer that is late comes before what lies in the sockets; that is taken first.
        setImmediate(resolve);
      }
      if (this.movements === seen) stirred.add(soon);
      else soon();
    });
  }
}

/** What programs published to the ledger and the broker got. */
function ledgerOf(records: readonly WireRecord[]): LedgerEntry[] {
  return records.flatMap(({ method, args, content, cut, program }) => {
    if (method !== 'basic.publish' || cut || content === undefined || args.exchange !== '' || args.routingKey !== LEDGER)
      return [];
    return [{ body: content.body.toString(), properties: content.properties, user: program }];
  });
}
