/**
 * A RabbitMQ that runs elsewhere, given by `WARREN_AMQP_URL` (several URLs with commas between them: one a node). The lab
 * works in a vhost of its own, made through the management API (`WARREN_MANAGEMENT_URL`) or through a `rabbitmqctl` that
 * reaches the broker, and removed with the lab; where neither works, in the vhost of the URL. Servers are never
 * stopped: they belong to somebody else.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import type { Snapshot } from '../trace/snapshot';
import type { Address } from '../world/world';
import { say } from './cell';
import type { CommandOutput, Engine, EngineNode, EnginePlan, Login, WireKnowledge } from './engine';
import { inWords } from './duration';
import { Management } from './management';
import { quietFor } from './quiet';
import { type Listings, listingsExpression, readListings, snapshotOfListings } from './rabbitmq-listings';
import { commandNotFound } from './shell';
import { pathToForeign } from './tool-path';
import { WallClock } from './wall-clock';

/** Over a network, silence takes longer to mean something than on one machine. */
const QUIET_MS = 100;
const AMQP_PORT = 5672;

/** How the vhost of the lab is made, looked into and removed. */
interface Administration {
  /** How old what `listings` tells may be, milliseconds. */
  readonly delayMs: number;
  /** Of the server, such as `3.10.8`. */
  version(): Promise<string>;
  vhosts(): Promise<string[]>;
  addVhost(name: string, user: string): Promise<void>;
  deleteVhost(name: string): Promise<void>;
  listings(vhost: string): Promise<Listings>;
}

export class UrlEngine implements Engine {
  readonly name = 'url';
  readonly tellsOfNodes = true;
  readonly silent = true;
  readonly clock = new WallClock(() => this.settled());
  version = 'RabbitMQ';
  login: Login = { user: 'guest', password: 'guest', vhost: '/' };
  nodes: readonly RemoteNode[] = [];
  private plan: EnginePlan | null = null;
  private administration: Administration | null = null;
  private ownVhost: string | null = null;
  /** The traffic that the last snapshot has seen the effects of. */
  private shownUpTo = -1;

  async start(plan: EnginePlan): Promise<void> {
    this.plan = plan;
    const servers = readUrls(process.env.WARREN_AMQP_URL);
    if (servers.length < plan.nodes.length) {
      const wanted = `This lab has ${plan.nodes.length} nodes (${plan.nodes.join(', ')})`;
      throw new Error(`${wanted}, but WARREN_AMQP_URL names ${servers.length}. Give one URL for each, with commas between them.`);
    }
    const [first] = servers as [Server];
    this.nodes = plan.nodes.map((name, i) => new RemoteNode(name, (servers[i] as Server).address));
    this.login = first.login;
    this.administration = await administrationOf(first.login);
    this.version = `RabbitMQ ${(await this.administration?.version()) ?? ''}`.trim();
    await this.takeVhost(plan.labName);
    this.clock.begin();
  }

  glance(): readonly Snapshot[] {
    return [];
  }

  async snapshot(vhost: string, wire: WireKnowledge): Promise<Snapshot> {
    if (this.administration === null) {
      throw new Error(
        'What this RabbitMQ holds cannot be seen: set WARREN_MANAGEMENT_URL (http://user:password@host:15672), or put a ' +
          'rabbitmqctl on PATH that reaches it.',
      );
    }
    await this.upToDate(this.administration.delayMs);
    const nodes = this.nodes.map(({ name, state }) => ({ name, state }));
    // Several nodes of the lab are told apart by the lab only; RabbitMQ's own names stand in what it lists.
    const nodeName = (nodename: string): string => (this.nodes.length === 1 ? (this.nodes[0] as RemoteNode).name : nodename);
    return snapshotOfListings(await this.administration.listings(vhost), { at: this.clock.now(), vhost, nodes, wire, nodeName });
  }

  /** The tool knows its node by its own configuration, not by the lab's name for it. */
  run(tool: string, args: readonly string[]): Promise<CommandOutput> {
    const named = args.findIndex(
      (word, i) => (word === '-n' || word === '--node') && this.nodes.some(({ name }) => name === args[i + 1]),
    );
    return runTool(tool, named < 0 ? args : args.filter((_, i) => i !== named && i !== named + 1));
  }

  async settled(): Promise<void> {
    if (this.plan !== null) await quietFor(this.plan.traffic, QUIET_MS);
  }

  async stop(): Promise<void> {
    const vhost = this.ownVhost;
    this.ownVhost = null;
    if (vhost !== null) await this.administration?.deleteVhost(vhost);
  }

  /** Waits until listings that are `delayMs` late show the last that happened here. */
  private async upToDate(delayMs: number): Promise<void> {
    const moved = this.plan?.traffic.moved ?? 0;
    if (delayMs === 0 || moved === this.shownUpTo) return;
    if (this.shownUpTo < 0) say(`The management API is up to ${inWords(delayMs)} late; pictures wait for it.`);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    this.shownUpTo = moved;
  }

  private async takeVhost(labName: string): Promise<void> {
    if (this.administration === null) {
      say(
        `This lab uses the vhost '${this.login.vhost}' of WARREN_AMQP_URL itself, and leaves there what it makes. ` +
          'For a vhost of its own set WARREN_MANAGEMENT_URL, or put a rabbitmqctl on PATH that reaches the broker.',
      );
      return;
    }
    for (const stale of (await this.administration.vhosts()).filter(isAbandoned)) await this.administration.deleteVhost(stale);
    const vhost = `${OWN_PREFIX}${process.pid}-${labName}`;
    await this.administration.addVhost(vhost, this.login.user);
    this.ownVhost = vhost;
    this.login = { ...this.login, vhost };
  }
}

const OWN_PREFIX = `warren-${hostname()}-`;

/** The vhost of a process of this machine that is gone: it was killed and could not clean up. */
function isAbandoned(vhost: string): boolean {
  if (!vhost.startsWith(OWN_PREFIX)) return false;
  const pid = Number.parseInt(vhost.slice(OWN_PREFIX.length), 10);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

interface Server {
  readonly address: Address;
  readonly login: Login;
}

function readUrls(setting: string | undefined): Server[] {
  const texts = (setting ?? '').split(',').filter((text) => text.trim() !== '');
  if (texts.length === 0) throw new Error("The engine 'url' needs WARREN_AMQP_URL, such as amqp://guest:guest@127.0.0.1:5672.");
  return texts.map((text) => readUrl(text.trim()));
}

function readUrl(text: string): Server {
  // Not the text itself: it may hold a password.
  const refuse = (reason: string): never => {
    throw new Error(`WARREN_AMQP_URL ${reason}. It should look like amqp://user:password@host:5672/vhost.`);
  };
  if (!URL.canParse(text)) return refuse('is not a URL');
  const url = new URL(text);
  if (url.protocol === 'amqps:') return refuse('asks for TLS (amqps), which a lab cannot listen to; give a plain amqp address');
  if (url.protocol !== 'amqp:') return refuse(`begins with ${url.protocol} instead of amqp:`);
  const vhost = decodeURIComponent(url.pathname.replace(/^\//, ''));
  return {
    address: { host: url.hostname || '127.0.0.1', port: Number(url.port) || AMQP_PORT },
    login: {
      user: decodeURIComponent(url.username) || 'guest',
      password: decodeURIComponent(url.password) || 'guest',
      vhost: vhost === '' ? '/' : vhost,
    },
  };
}

/** `fetch` hides the reason in the cause. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

async function administrationOf({ user, password }: Login): Promise<Administration | null> {
  const url = process.env.WARREN_MANAGEMENT_URL;
  if (url) {
    if (!URL.canParse(url))
      throw new Error('WARREN_MANAGEMENT_URL is not a URL. It should look like http://user:password@host:15672.');
    const management = new Management(url, user, password);
    await management.version().catch((error: Error) => {
      throw new Error(`WARREN_MANAGEMENT_URL does not answer as the management API of a RabbitMQ: ${reasonOf(error)}`);
    });
    return management;
  }
  const ctl = ctlAdministration();
  return ctl.version().then(
    () => ctl,
    () => null,
  );
}

function ctlAdministration(): Administration {
  const ctl = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runTool('rabbitmqctl', ['-q', ...args]);
    if (exitCode !== 0) throw new Error(`rabbitmqctl ${args[0]} failed: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  };
  return {
    delayMs: 0,
    version: async () => (await ctl('eval', 'io:format("~s~n", [rabbit_misc:version()]).')).split('\n', 1)[0] as string,
    vhosts: async () => (await ctl('list_vhosts', '--no-table-headers')).split('\n').filter((line) => line !== ''),
    addVhost: async (name, user) => {
      await ctl('add_vhost', name);
      await ctl('set_permissions', '-p', name, user, '.*', '.*', '.*');
    },
    deleteVhost: async (name) => {
      await ctl('delete_vhost', name);
    },
    listings: async (vhost) => readListings(await ctl('eval', listingsExpression(vhost))),
  };
}

/**
 * Runs a tool of RabbitMQ that is on PATH, as it is configured there. The tools start Erlang's name server (`epmd`) where none
 * runs and leave it behind; here they go without, for then this machine has no node that they could reach.
 */
async function runTool(tool: string, args: readonly string[]): Promise<CommandOutput> {
  const PATH = pathToForeign(tool, process.env.PATH);
  const env = { ...process.env, PATH, ERL_AFLAGS: `-start_epmd false ${process.env.ERL_AFLAGS ?? ''}`.trim() };
  const child = spawn(tool, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  try {
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode: exitCode ?? 1, stdout, stderr };
  } catch {
    return { ...commandNotFound(tool), stderr: `${tool} is not installed here.\n` };
  }
}

/** A server that belongs to somebody else. */
class RemoteNode implements EngineNode {
  readonly state: EngineNode['state'] = 'running';
  readonly diskFaults = null;
  readonly folder = null;

  constructor(
    readonly name: string,
    readonly address: Address,
  ) {}

  stop(): Promise<void> {
    return this.refuse('stop');
  }
  kill(): Promise<void> {
    return this.refuse('kill');
  }
  start(): Promise<void> {
    return this.refuse('start');
  }
  pause(): Promise<void> {
    return this.refuse('pause');
  }
  resume(): Promise<void> {
    return this.refuse('resume');
  }
  alarm(): Promise<void> {
    return this.refuse('raise an alarm of');
  }
  loseDisk(): Promise<void> {
    return this.refuse('empty the disk of');
  }

  private async refuse(what: string): Promise<void> {
    throw new Error(
      `Cannot ${what} ${this.name}: it runs elsewhere (WARREN_AMQP_URL). Cut it off with lab.cut('${this.name}') instead, or ` +
        'unset WARREN_AMQP_URL to use servers of the lab.',
    );
  }
}
