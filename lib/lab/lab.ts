/**
 * `Lab.start()`: a broker (or several) to experiment with, whichever engine is behind it. The lab owns what all engines
 * share: a relay before each node, the trace, and the record of what it was told to do.
 *
 *   clients ── relay ── node         faults of the network happen in the relay;
 *                │                   a tap there decodes the wire if the engine does not trace itself
 *              trace
 */
import type { Snapshot } from '../trace/snapshot';
import { TraceLog } from '../trace/trace-log';
import type { CommandResult, Duration, EngineName, LabApi, LabClock, LabDraw, LabOptions, LabTrace, UrlOptions } from './api';
import { inNotebook, show } from './cell';
import { chooseEngine, createEngine, type Engine } from './engine';
import { LAB_STOPPED, NodeHandle } from './lab-node';
import { LastSeen } from './last-seen';
import { LabNetwork } from './network';
import { Pictures } from './pictures';
import { watchOwnSockets } from './own-sockets';
import { register, unregister } from './registry';
import type { Recording } from './recording';
import { Relay } from './relay';
import { Taps } from './taps';
import { TraceView } from './trace-view';
import type { WatchServer } from './watch-server';
import type { WireCapture } from './wire-capture';

const HOST = '127.0.0.1';
/** A client that does not take its leave within this time is cut off at the end of the lab. */
const LEAVE_MS = 500;
const DEFAULT_NAME = 'lab';
const DEFAULT_NODES: readonly string[] = ['rabbit1'];
const NODE_NAME = /^[A-Za-z0-9_-]+$/;

export class Lab implements LabApi {
  readonly trace: LabTrace;
  readonly draw: LabDraw;
  private readonly name: string;
  private readonly nodeNames: readonly string[];
  private readonly log: TraceLog;
  private readonly network: LabNetwork;
  private readonly taps: Taps;
  private readonly lastSeen = new LastSeen();
  private handles: readonly NodeHandle[] = [];
  private opening: Promise<void> = Promise.resolve();
  private stopping: Promise<void> | null = null;
  private watching: Promise<WatchServer> | null = null;

  /**
   * Starts a lab and resolves when its nodes accept clients. A lab of the same name is stopped first. Rejects, saying what
   * to do, on options that do not fit together, a taken port, or an engine that cannot be had.
   */
  static async start(options: LabOptions = {}): Promise<Lab> {
    checkOptions(options);
    const lab = new Lab(options, createEngine(chooseEngine(options.engine, process.env), options.processes === true));
    await register(lab.name, lab);
    if (lab.stopping !== null) throw new Error(`Another lab named '${lab.name}' was started meanwhile and has taken its place.`);
    lab.opening = lab.comeUp(options);
    try {
      await lab.opening;
    } catch (error) {
      await lab.stop();
      throw error;
    }
    return lab;
  }

  private constructor(
    options: LabOptions,
    private readonly behind: Engine,
  ) {
    this.name = options.name ?? DEFAULT_NAME;
    this.nodeNames = options.nodes ?? DEFAULT_NODES;
    this.log = new TraceLog(() => behind.clock.now(), options.traceLimit);
    this.trace = new TraceView(this.log);
    this.network = new LabNetwork(this.log);
    this.taps = new Taps(behind.silent, this.log);
    this.draw = new Pictures(
      () => this.snapshot(),
      () => this.log.events,
      this.lastSeen,
      () => behind.clock.now(),
    );
  }

  private async comeUp(options: LabOptions): Promise<void> {
    watchOwnSockets();
    if (options.cluster && this.behind.name === 'url')
      throw new Error("The nodes behind WARREN_AMQP_URL are not the lab's to join; start it without the option cluster.");
    await this.behind.start({
      labName: this.name,
      nodes: this.nodeNames,
      cluster: options.cluster ?? false,
      config: options.config ?? {},
      trace: this.log,
      seed: options.seed,
      traffic: this.network,
      portOf: (node) => this.network.relay(node).port,
      fell: (node) => this.handles.find(({ name }) => name === node)?.fell(),
    });
    this.handles = this.behind.nodes.map((node, i) => {
      const relay = new Relay({
        port: options.ports?.[i] ?? 0,
        upstream: () => node.address,
        after: (delayMs, fn) => this.behind.clock.after(delayMs, fn),
        tap: (line) => this.taps.tapOf(node.name, line),
      });
      this.network.add(node.name, relay);
      const look = (): void => {
        for (const snapshot of this.behind.glance()) this.lastSeen.saw(snapshot);
      };
      const forget = (): void => this.lastSeen.forget(node.name);
      return new NodeHandle(node, relay, this.log, this.behind.tellsOfNodes, look, forget);
    });
    for (const handle of this.handles) await handle.ready();
  }

  get engine(): EngineName {
    return this.behind.name;
  }

  get version(): string {
    return this.behind.version;
  }

  get clock(): LabClock {
    return this.behind.clock;
  }

  get nodes(): readonly NodeHandle[] {
    return this.handles;
  }

  node(name: string = this.nodeNames[0] as string): NodeHandle {
    this.mustRun();
    const found = this.handles.find((handle) => handle.name === name);
    if (found !== undefined) return found;
    throw new Error(`There is no node '${name}' in this lab; its nodes are ${this.nodeNames.join(', ')}.`);
  }

  url(node?: string, options: UrlOptions = {}): string {
    const { port } = this.node(node);
    const { user, password, vhost, heartbeat = 0 } = { ...this.behind.login, ...options };
    const [name, secret, place] = [user, password, vhost].map(encodeURIComponent);
    return `amqp://${name}:${secret}@${HOST}:${port}/${place}?heartbeat=${heartbeat}`;
  }

  async snapshot(vhost: string = this.behind.login.vhost): Promise<Snapshot> {
    this.mustRun();
    const snapshot = await this.behind.snapshot(vhost, this.taps);
    this.lastSeen.saw(snapshot);
    return snapshot;
  }

  async sh(strings: TemplateStringsArray, ...values: unknown[]): Promise<CommandResult> {
    this.mustRun();
    const { runLine } = require('./command') as typeof import('./command');
    return runLine(this.behind, this.log, strings, values);
  }

  /** Makes vhosts, users and what else definitions hold. Not for cells: there it is a command that a student sees. */
  async define(definitions: object): Promise<void> {
    this.mustRun();
    const { define } = require('./define') as typeof import('./define');
    await define(this.behind, JSON.stringify(definitions));
  }

  async settled(): Promise<void> {
    this.mustRun();
    await this.behind.settled();
  }

  async cut(node: string, ...others: readonly string[]): Promise<void> {
    this.mustRun();
    if (others.length === 0) return this.network.cut(node);
    const { name } = this.node(node);
    const far = others.map((other) => this.node(other).name);
    // Side by side: nodes that see one of two links gone take it for a partial partition, and sever more of them.
    await Promise.all(far.map((other) => this.network.cutLink(name, other, this.behind.links)));
  }

  async heal(): Promise<void> {
    this.mustRun();
    await this.network.heal();
  }

  async latency(node: string, delay: Duration): Promise<void> {
    this.mustRun();
    await this.network.latency(node, delay);
  }

  async loseConnections(match?: string | RegExp): Promise<number> {
    this.mustRun();
    return this.network.loseConnections(match);
  }

  async tap(node?: string): Promise<WireCapture> {
    const { url, port } = { url: this.url(node), port: this.node(node).port };
    const { WireCapture } = require('./wire-capture') as typeof import('./wire-capture');
    const capture = new WireCapture(() => this.behind.clock.now());
    const relay = new Relay({
      port: 0,
      upstream: () => ({ host: HOST, port }),
      after: (delayMs, fn) => this.behind.clock.after(delayMs, fn),
      tap: () => capture.newConnection(),
    });
    await relay.open();
    this.network.addOuter(relay);
    capture.url = url.replace(`:${port}/`, `:${relay.port}/`);
    return capture;
  }

  async open(recording: Recording): Promise<LabDraw> {
    const { openRecording } = require('./recording') as typeof import('./recording');
    return openRecording(recording);
  }

  async watch(): Promise<string> {
    this.mustRun();
    const { startWatchServer } = require('./watch-server') as typeof import('./watch-server');
    this.watching ??= startWatchServer({ name: this.name, log: this.log, snapshot: () => this.snapshot() });
    const { url } = await this.watching;
    if (inNotebook()) show(`<a href="${url}" target="_blank" rel="noopener">The live view of this lab</a>`);
    return url;
  }

  /** Stops everything that the lab started. Can be called twice. */
  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private async shutDown(): Promise<void> {
    // A lab that is stopped while it starts comes up first, so that nothing is forgotten.
    await this.opening.catch(() => undefined);
    for (const handle of this.handles) handle.retire();
    const watching = await this.watching?.catch(() => null);
    await watching?.close();
    // In this order clients are told (connection.close 320) and have taken leave before their lines are cut.
    this.network.letPass();
    await this.behind.stop();
    await this.network.ended(LEAVE_MS);
    await this.network.dispose();
    unregister(this.name, this);
  }

  private mustRun(): void {
    if (this.stopping !== null) throw new Error(LAB_STOPPED);
  }
}

function checkOptions({ nodes = DEFAULT_NODES, ports = [], traceLimit = 1 }: LabOptions): void {
  if (nodes.length === 0) throw new Error("A lab needs at least one node, such as nodes: ['rabbit1'].");
  const odd = nodes.find((name) => !NODE_NAME.test(name));
  if (odd !== undefined) throw new Error(`'${odd}' cannot be a node name; use letters, digits, '_' and '-', as in 'rabbit1'.`);
  const twice = nodes.find((name, i) => nodes.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`Two nodes are named '${twice}'; give each a name of its own.`);
  if (ports.length > nodes.length)
    throw new Error(`There are ${ports.length} ports for ${nodes.length} nodes; give one for each node in turn.`);
  const bad = ports.find((port) => !Number.isInteger(port) || port < 0 || port > 65535);
  if (bad !== undefined) throw new Error(`${bad} is not a port; ports go from 1 to 65535 (0: any free one).`);
  if (!(traceLimit >= 1)) throw new Error(`traceLimit is ${traceLimit}; a trace keeps 1 event or more.`);
}
