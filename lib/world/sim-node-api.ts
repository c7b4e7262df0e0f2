/**
 * Programs that know nothing of the simulation, inside it: unmodified `amqplib`, or any client on `node:net` and timers.
 *
 * Importing this module wraps, once and for good, the functions in the table at its end. Inside `runProgram` (and all that
 * it starts, across `await`) they belong to the simulated host; outside they do what they always did. Promises: the
 * program's promises, ticks and immediates run to their end between two events of the world, so that equal seeds give equal
 * runs; a program that waits for what will never happen, or longer than its budget, ends in an error that says what is open.
 *
 * Not covered: files, DNS look-ups, servers, worker threads, `AbortSignal.timeout`. A program that awaits them inside the
 * world is at the mercy of real time; the error names them when the world has nothing left to do.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import type { SimHost, SimWorld } from './sim';
import { SimSocket, type SimSocketOptions } from './sim-socket';
import type { Timer } from './world';

export interface ProgramOptions {
  /** The host on which the program runs. Default `client`. */
  readonly host?: string;
  /** Virtual milliseconds after which the program must have ended. Default 24 hours. */
  readonly budgetMs?: number;
}

/** What the driver knows of one running program. */
interface Program {
  /** `setImmediate` calls of the program that have not run yet. */
  immediates: number;
  /** The driver has given it up; what it still does must not keep this process busy. */
  abandoned: boolean;
}

interface Context {
  readonly host: SimHost;
  readonly program: Program;
}

type Call = (...args: unknown[]) => unknown;

const DEFAULT_BUDGET_MS = 24 * 3_600_000;
/**
 * Turns of the event loop without a request to the world after which the program is taken to wait. Two, because an
 * immediate that a library scheduled with a `setImmediate` it kept from before this module was loaded runs in the turn
 * after ours.
 */
const QUIET_TURNS = 2;
const MOST_TURNS = 100_000;
/** Promises that engine code resolves are noticed by a program after at most so much virtual time. */
const MOST_UNSETTLED_MS = 1_000;

const contexts = new AsyncLocalStorage<Context>();
const driven = new WeakSet<SimWorld>();
const realSetImmediate = globalThis.setImmediate;

/**
 * Runs `program` on a host of the world and drives the world until the promise it returns is settled; gives its value.
 * Rejects with what the program or an event threw, or with an Error when the program waits for what will never happen or
 * its budget of virtual time is spent.
 */
export async function runProgram<T>(world: SimWorld, program: () => Promise<T>, options: ProgramOptions = {}): Promise<T> {
  if (driven.has(world)) throw new Error('This world already runs a program; start the other part with onHost() inside it.');
  driven.add(world);
  const context: Context = { host: world.host(options.host ?? 'client'), program: { immediates: 0, abandoned: false } };
  try {
    return await drive(world, context, program, options.budgetMs ?? DEFAULT_BUDGET_MS);
  } catch (error) {
    context.program.abandoned = true;
    throw error;
  } finally {
    driven.delete(world);
  }
}

/** Inside `runProgram`: runs `part`, and all that it starts, on another host. */
export function onHost<T>(name: string, part: () => T): T {
  const context = contexts.getStore();
  if (context === undefined) throw new Error('onHost() is for programs inside runProgram().');
  return contexts.run({ host: context.host.world.host(name), program: context.program }, part);
}

async function drive<T>(world: SimWorld, context: Context, program: () => Promise<T>, budgetMs: number): Promise<T> {
  const { scheduler } = world;
  const limit = world.now + budgetMs;
  const resourcesBefore = activeResources();
  let outcome: { failed: false; value: T } | { failed: true; reason: unknown } | null = null;
  contexts.run(context, () => {
    void (async () => program())().then(
      (value) => {
        outcome = { failed: false, value };
      },
      (reason: unknown) => {
        outcome = { failed: true, reason };
      },
    );
  });
  let settledAt = world.now;
  await settle(context);
  while (outcome === null) {
    if (scheduler.nextAt > limit) {
      const never = scheduler.nextAt === Infinity;
      const what = never ? 'waits for what will never happen' : `has not ended within ${budgetMs} ms of virtual time`;
      throw new Error(`The program ${what}. ${openMatters(world, resourcesBefore)}`);
    }
    world.step();
    if (scheduler.touched || world.now - settledAt >= MOST_UNSETTLED_MS || scheduler.nextAt === Infinity) {
      scheduler.touched = false;
      settledAt = world.now;
      await settle(context);
    }
  }
  const ended = outcome as { failed: false; value: T } | { failed: true; reason: unknown };
  if (ended.failed) throw ended.reason;
  return ended.value;
}

/** Turns the event loop until the program has done all it can do without an event of the world. */
async function settle({ host, program }: Context): Promise<void> {
  const { scheduler } = host.world;
  let turns = 0;
  for (let quiet = 0; quiet < QUIET_TURNS || program.immediates > 0; ) {
    const activity = scheduler.activity;
    await new Promise<void>((resolve) => {
      realSetImmediate(resolve);
    });
    quiet = activity === scheduler.activity ? quiet + 1 : 0;
    if (++turns > MOST_TURNS) throw new Error(`The program is busy for ever at ${host.world.now} ms of virtual time.`);
  }
}

function openMatters(world: SimWorld, before: Map<string, number>): string {
  const outside: string[] = [];
  for (const [type, count] of activeResources()) {
    const more = count - (before.get(type) ?? 0);
    if (more > 0) outside.push(`${more} ${type}`);
  }
  const note = outside.length === 0 ? '' : ` It may wait for something outside the simulation: ${outside.join(', ')}.`;
  return world.describe() + note;
}

/** Real requests and handles of this process by type, immediates aside. */
function activeResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    if (type !== 'Immediate') counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

/** What the program gets from `setTimeout` and `setInterval`. */
class SimTimeout {
  private timer: Timer | null = null;
  private readonly scope = new AsyncResource('SimTimeout');
  private readonly delayMs: number;
  private hasReference = true;

  constructor(
    private readonly host: SimHost,
    private readonly call: Call,
    private readonly args: unknown[],
    delayMs: unknown,
    private readonly repeats: boolean,
  ) {
    const wanted = Number(delayMs);
    this.delayMs = wanted >= 1 && wanted <= 0x7fffffff ? Math.trunc(wanted) : 1;
    this.start();
  }

  ref(): this {
    this.hasReference = true;
    return this;
  }

  /** A simulated program does not end by itself, so this only shows in `hasRef`. */
  unref(): this {
    this.hasReference = false;
    return this;
  }

  hasRef(): boolean {
    return this.hasReference;
  }

  refresh(): this {
    this.timer?.cancel();
    this.start();
    return this;
  }

  close(): this {
    this.timer?.cancel();
    this.timer = null;
    const id = timeoutIds.get(this);
    if (id !== undefined) timeoutsById.delete(id);
    return this;
  }

  [Symbol.toPrimitive](): number {
    let id = timeoutIds.get(this);
    if (id === undefined) {
      id = nextTimeoutId++;
      timeoutIds.set(this, id);
      timeoutsById.set(id, this);
    }
    return id;
  }

  private start(): void {
    const timer = this.host.clock.after(this.delayMs, () => {
      this.host.world.scheduler.touched = true;
      this.scope.runInAsyncScope(this.call, this, ...this.args);
      if (this.timer !== timer) return;
      if (this.repeats) this.start();
      else this.timer = null;
    });
    this.timer = timer;
  }
}

/** Timeouts whose number was asked for; the numbers are far above those that node gives out. */
let nextTimeoutId = 2 ** 40;
const timeoutIds = new WeakMap<SimTimeout, number>();
const timeoutsById = new Map<number, SimTimeout>();

function clearWith(real: Call): Call {
  return (handle) => {
    const known = typeof handle === 'object' ? handle : timeoutsById.get(Number(handle));
    if (known instanceof SimTimeout) known.close();
    else real(handle);
  };
}

function delayed(host: SimHost, ms: unknown, value: unknown, options: { signal?: AbortSignal } = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    const refuse = (): void => {
      const error = new Error('The operation was aborted', { cause: signal?.reason });
      reject(Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' }));
    };
    if (signal?.aborted) {
      refuse();
      return;
    }
    const done = (): void => {
      signal?.removeEventListener('abort', aborted);
      resolve(value);
    };
    const timeout = new SimTimeout(host, done, [], ms, false);
    const aborted = (): void => {
      timeout.close();
      refuse();
    };
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

const countedImmediates = new WeakMap<object, Program>();

function immediateIn(program: Program, call: Call, args: unknown[]): NodeJS.Immediate {
  program.immediates++;
  const immediate = realSetImmediate(() => {
    forgetImmediate(immediate);
    if (!program.abandoned) call(...args);
  });
  countedImmediates.set(immediate, program);
  return immediate;
}

function forgetImmediate(immediate: unknown): void {
  if (typeof immediate !== 'object' || immediate === null) return;
  const program = countedImmediates.get(immediate);
  if (program === undefined) return;
  countedImmediates.delete(immediate);
  program.immediates--;
}

function connectIn(host: SimHost, args: unknown[]): SimSocket {
  const [options] = args;
  return new SimSocket(host, typeof options === 'object' ? (options as SimSocketOptions) : {}).connect(...args);
}

function uuidFrom(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Puts in place of `target[name]` a function that calls `simulated` inside a program and the real one elsewhere. */
function wrap(target: object, name: string, simulated: (context: Context, ...args: never[]) => unknown): void {
  const functions = target as Record<string, Call>;
  const real = functions[name] as Call;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const context = contexts.getStore();
    return context === undefined ? real.apply(this, args) : simulated(context, ...(args as never[]));
  };
  const realPromisified = (real as { [promisify.custom]?: Call })[promisify.custom];
  if (realPromisified !== undefined) {
    const promisified = name === 'setImmediate' ? 'setImmediate' : 'setTimeout';
    const later = (...args: unknown[]): unknown => (timersPromises[promisified] as Call)(...args);
    Object.defineProperty(wrapped, promisify.custom, { value: later, enumerable: true });
  }
  functions[name] = wrapped;
}

/** Puts in place of `target[name]` a class of which `new` makes something simulated inside a program. */
function wrapClass(target: object, name: string, simulated: (context: Context, args: unknown[]) => object | null): void {
  const classes = target as Record<string, new (...args: unknown[]) => object>;
  const real = classes[name] as new (...args: unknown[]) => object;
  const proxy: typeof real = new Proxy(real, {
    construct(_, args: unknown[], newTarget) {
      const context = newTarget === proxy ? contexts.getStore() : undefined;
      const made = context === undefined ? null : simulated(context, args);
      return made ?? Reflect.construct(real, args, newTarget === proxy ? real : newTarget);
    },
  });
  classes[name] = proxy;
}

const realClear = globalThis.clearTimeout as Call;
const realClearImmediate = globalThis.clearImmediate as Call;
const realDate = globalThis.Date;

wrap(net, 'connect', ({ host }, ...args) => connectIn(host, args));
wrap(net, 'createConnection', ({ host }, ...args) => connectIn(host, args));
wrapClass(net, 'Socket', ({ host }, [options]) => new SimSocket(host, options as SimSocketOptions));
wrap(globalThis, 'setTimeout', ({ host }, call: Call, ms, ...args) => new SimTimeout(host, call, args, ms, false));
wrap(globalThis, 'setInterval', ({ host }, call: Call, ms, ...args) => new SimTimeout(host, call, args, ms, true));
wrap(globalThis, 'setImmediate', ({ program }, call: Call, ...args) => immediateIn(program, call, args));
wrap(timersPromises, 'setTimeout', ({ host }, ms, value, options) => delayed(host, ms, value, options));
wrap(timersPromises, 'setImmediate', ({ program }, value) => new Promise((done) => immediateIn(program, done as Call, [value])));
wrap(timersPromises.scheduler, 'wait', ({ host }, ms, options) => delayed(host, ms, undefined, options));
wrap(Date, 'now', ({ host }) => host.clock.epochMs());
wrapClass(globalThis, 'Date', ({ host }, args) => (args.length === 0 ? new realDate(host.clock.epochMs()) : null));
wrap(performance, 'now', ({ host }) => host.clock.now());
wrap(Math, 'random', ({ host }) => host.random.float());
wrap(crypto, 'randomUUID', ({ host }) => uuidFrom(host.random.bytes(16)));
wrap(crypto, 'randomBytes', ({ host }, count: number, done?: (error: null, bytes: Buffer) => void) => {
  const bytes = Buffer.from(host.random.bytes(count));
  if (done === undefined) return bytes;
  process.nextTick(done, null, bytes);
  return undefined;
});
// A timer is cancelled where it was set, whoever asks.
Object.assign(globalThis, {
  clearTimeout: clearWith(realClear),
  clearInterval: clearWith(realClear),
  clearImmediate: (immediate: unknown) => {
    forgetImmediate(immediate);
    realClearImmediate(immediate);
  },
});
const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = globalThis;
Object.assign(timers, { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate });
syncBuiltinESMExports();
