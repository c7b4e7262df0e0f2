/**
 * The simulated network: machines by name and address, who listens where, and the dialling of connections between them.
 * Promises: a dial ends in an open link, a refusal (nobody listens), a time-out (the way stays cut) or an unknown name, with
 * node's errors for each; a machine answers for a paused process, as an operating system does, but not for a dead one.
 */
import type { SeededRandom } from './random';
import { systemError } from './sim-errors';
import type { Fault } from './sim-faults';
import { SimLink } from './sim-link';
import { type NetworkModel, Path } from './sim-path';
import { SimPipe } from './sim-pipe';
import { SimProcess } from './sim-scheduler';
import type { Address, Link, LinkHandler, Listener, Network } from './world';

interface Listening {
  readonly process: SimProcess;
  readonly loopbackOnly: boolean;
  readonly accept: (link: Link) => LinkHandler;
  /** Nobody accepts any more; what the operating system has taken since the last look is reset. */
  closed: boolean;
}

const LOOPBACK = '127.0.0.1';
const FIRST_EPHEMERAL_PORT = 40_000;
const LAST_PORT = 65_535;
/** How long Linux repeats an unanswered dial (tcp_syn_retries = 6). */
const DIAL_PATIENCE_MS = 127_000;

/** A host as the network knows it; it outlives its processes. */
export class Machine {
  readonly listening = new Map<number, Listening>();
  /** Open links of the process. */
  readonly links = new Set<SimLink>();
  /** Milliseconds by which its wall clock is wrong, and why. */
  clockError = 0;
  clockFault: Fault | null = null;
  private nextPort = FIRST_EPHEMERAL_PORT;

  constructor(
    readonly name: string,
    readonly address: string,
    readonly random: SeededRandom,
    /** The present life; after a crash, the last one. */
    public process: SimProcess,
  ) {}

  ephemeralPort(): number {
    const port = this.nextPort;
    this.nextPort = port === LAST_PORT ? FIRST_EPHEMERAL_PORT : port + 1;
    return this.listening.has(port) ? this.ephemeralPort() : port;
  }
}

export class SimNet {
  readonly machines = new Map<string, Machine>();
  private readonly paths = new Map<string, Path>();
  private lastProcessId = 0;

  constructor(
    private readonly model: NetworkModel,
    private readonly random: SeededRandom,
  ) {}

  /** The machine of that name, which is built if there is none. Names are lower-case letters, digits, `-`, `.` and `_`. */
  machine(name: string): Machine {
    const known = this.machines.get(name);
    if (known !== undefined) return known;
    if (!/^[a-z][a-z0-9._-]*$/.test(name) || name === 'localhost') throw new Error(`"${name}" cannot be the name of a host.`);
    const number = this.machines.size + 1;
    const address = `10.0.${number >> 8}.${number & 255}`;
    const machine = new Machine(name, address, this.random.stream(`host ${name}`), this.newProcess(name));
    this.machines.set(name, machine);
    return machine;
  }

  newProcess(name: string): SimProcess {
    return new SimProcess(name, ++this.lastProcessId);
  }

  path(from: string, to: string): Path {
    const key = `${from} > ${to}`;
    let path = this.paths.get(key);
    if (path === undefined) {
      path = new Path(this.model, from, to);
      this.paths.set(key, path);
    }
    return path;
  }

  allPaths(): IterableIterator<Path> {
    return this.paths.values();
  }

  /** What the programs of one life of a machine see of the network. */
  networkFor(machine: Machine, process: SimProcess): Network {
    return {
      listen: (at, accept, ready) => this.listen(machine, process, at, accept, ready),
      dial: (to, handler) => this.dial(machine, process, to, handler),
    };
  }

  private listen(
    machine: Machine,
    process: SimProcess,
    at: Address,
    accept: (link: Link) => LinkHandler,
    ready: (error: Error | null, bound: Address | null) => void,
  ): Listener {
    const scheduler = this.model.scheduler;
    const port = at.port === 0 ? machine.ephemeralPort() : at.port;
    const entry: Listening = { process, accept, loopbackOnly: isLoopback(at.host), closed: false };
    const error = this.listenError(machine, at.host, port);
    if (error === null && process.alive) machine.listening.set(port, entry);
    scheduler.at(scheduler.now, process, () => ready(error, error === null ? { host: at.host, port } : null));
    return {
      close: (done) => {
        entry.closed = true;
        if (machine.listening.get(port) === entry) machine.listening.delete(port);
        scheduler.at(scheduler.now, process, done);
      },
    };
  }

  private listenError(machine: Machine, host: string, port: number): Error | null {
    const mine = isLoopback(host) || isAny(host) || host === machine.name || host === machine.address;
    if (!mine) return systemError('EADDRNOTAVAIL', 'listen', { address: host, port });
    return machine.listening.has(port) ? systemError('EADDRINUSE', 'listen', { address: host, port }) : null;
  }

  private dial(machine: Machine, process: SimProcess, to: Address, handler: LinkHandler): Link {
    const { scheduler } = this.model;
    const target = this.resolve(to.host, machine);
    const loopback = target === machine;
    const local = { host: loopback ? LOOPBACK : machine.address, port: machine.ephemeralPort() };
    const peer = { host: target === undefined ? to.host : loopback ? LOOPBACK : target.address, port: to.port };
    const link = new SimLink(process, scheduler, machine.links, local, peer);
    link.handler = handler;
    if (!process.alive) link.crashed();
    else if (target !== undefined) this.connect(machine, target, link);
    else {
      const error = systemError('ENOTFOUND', 'getaddrinfo', { hostname: to.host });
      scheduler.at(scheduler.now, process, () => link.close(error));
    }
    return link;
  }

  private connect(from: Machine, to: Machine, client: SimLink): void {
    const { scheduler } = this.model;
    const there = this.path(from.name, to.name);
    const back = this.path(to.name, from.name);
    const detail = { address: client.peer.host, port: client.peer.port };
    client.dialPatience = scheduler.at(scheduler.now + DIAL_PATIENCE_MS, client.process, () => {
      client.close(systemError('ETIMEDOUT', 'connect', detail));
    });
    /** Goes on with `next` at the dialling process when the answer has arrived; an answer that is cut off comes later. */
    const answer = (next: () => void): void => {
      scheduler.at(scheduler.now + back.delay(), null, () => {
        if (client.closed) return;
        if (back.cutBy !== null) {
          back.cutBy.dialsStalled++;
          back.stall(() => answer(next));
          return;
        }
        scheduler.at(scheduler.now, client.process, () => {
          if (!client.closed) next();
        });
      });
    };
    const arrive = (): void => {
      if (client.closed) return;
      if (there.cutBy !== null) {
        there.cutBy.dialsStalled++;
        there.stall(arrive);
        return;
      }
      const listening = to.listening.get(client.peer.port);
      if (listening === undefined || (listening.loopbackOnly && from !== to)) {
        answer(() => client.close(systemError('ECONNREFUSED', 'connect', detail)));
        return;
      }
      this.join(client, this.accepted(to, listening, client), there, back);
      answer(() => client.opened());
    };
    scheduler.at(scheduler.now + there.delay(), null, arrive);
  }

  private join(client: SimLink, server: SimLink, there: Path, back: Path): void {
    const up = new SimPipe(there, back, client, server);
    const down = new SimPipe(back, there, server, client);
    client.outgoing = up;
    client.incoming = down;
    client.other = server;
    server.outgoing = down;
    server.incoming = up;
    server.other = client;
  }

  /** The operating system's side is done at once; the process learns of it when it runs. */
  private accepted(machine: Machine, listening: Listening, client: SimLink): SimLink {
    const { scheduler } = this.model;
    const server = new SimLink(listening.process, scheduler, machine.links, client.peer, client.local);
    scheduler.at(scheduler.now, listening.process, () => {
      if (server.closed) return;
      if (listening.closed) {
        server.abort();
        return;
      }
      server.handler = listening.accept(server);
      server.opened();
    });
    return server;
  }

  private resolve(host: string, from: Machine): Machine | undefined {
    if (isLoopback(host) || isAny(host)) return from;
    const named = this.machines.get(host.toLowerCase());
    if (named !== undefined) return named;
    for (const machine of this.machines.values()) if (machine.address === host) return machine;
    return undefined;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.startsWith('127.') || host === '::1';
}

function isAny(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '';
}
