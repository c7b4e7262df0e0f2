/**
 * What a node does about a network that falls apart (RabbitMQ: cluster_partition_handling).
 *
 * - `ignore`: nothing. Both sides go on, and whoever notices later is told by cluster_status.
 * - `pause_minority`: a node that reaches no more than half of the members stops its application until it reaches more. Nodes
 *   that were shut down count as out of reach too.
 * - `autoheal`: once all can reach each other again, the first of them decides who wins (the side with most clients, then with
 *   most nodes); all others start again and take over what the winner has.
 */
import type { ClusterEvent } from '../../trace/events';
import type { Clock, Log, Timer } from '../../world/world';
import type { Answered, Fields, Handler } from '../calls';
import type { ClusterView } from '../membership/membership';
import type { AppState, Standing } from '../links/neighbours';
import { NO_BODY } from '../links/peer-frames';
import type { Teller } from '../teller';

export type PartitionHandling = 'ignore' | 'pause_minority' | 'autoheal';

export interface PartitionPort {
  readonly self: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly teller: Teller;
  view(): ClusterView;
  state(): AppState | 'stopping';
  /** Nodes that are linked. */
  known(): ReadonlyMap<string, Standing>;
  /** What this node says of itself. */
  own(): Standing;
  /** Clients of this node. */
  connections(): number;
  stopApp(done: () => void): void;
  startApp(done: (error: Error | null) => void): void;
  /** The application is about to be stopped; milliseconds since 1970. */
  pauses(at: number): void;
  ask(to: string, what: string, fields: Fields, done: Answered): void;
}

/** Why the application was stopped for a while. */
interface Pause {
  readonly paused: ClusterEvent | null;
  readonly resumed: ClusterEvent | null;
  /** As the log says that it starts again. */
  readonly restored: string;
}

const MINORITY: Pause = {
  paused: { type: 'minority.paused' },
  resumed: { type: 'minority.resumed' },
  restored: 'Cluster status restored',
};
const RESTART: Pause = { paused: null, resumed: null, restored: 'Autoheal: rabbit application was restarted' };

/** Milliseconds until a start is tried again that failed. */
const AGAIN = 1000;

export class PartitionHandler {
  /** The application was stopped here, and will be started here. */
  private waitsFor: (() => boolean) | null = null;
  /** What is done when it is stopped, and what is said when it starts. */
  private pause: Pause = RESTART;
  private deciding = false;
  private timer: Timer | null = null;

  constructor(
    private readonly port: PartitionPort,
    private readonly handling: PartitionHandling,
  ) {}

  /** Stopped for the time being: the node is paused, or about to be healed. */
  get waiting(): boolean {
    return this.waitsFor !== null;
  }

  /** Somebody stops or starts the application, or the node: what was to be done here is void. */
  cancel(): void {
    this.waitsFor = null;
    this.timer?.cancel();
  }

  /** Who can be reached, or what they say of themselves, has changed. */
  look(): void {
    if (this.handling === 'ignore') return;
    if (this.waitsFor !== null) this.maybeStart(this.waitsFor);
    else if (this.port.state() !== 'running') return;
    else if (this.handling === 'pause_minority') this.pauseIfMinority();
    else this.healIfSplit();
  }

  // --- pause_minority ---

  private pauseIfMinority(): void {
    if (this.hasMajority()) return;
    this.port.log.write('warning', 'Cluster minority/secondary status detected - awaiting recovery');
    this.stopUntil(() => this.hasMajority(), MINORITY);
  }

  /** Whether two members that have lost each other pause while a third reaches both. */
  get pauses(): boolean {
    return this.handling === 'pause_minority';
  }

  /** This node is one of the two. */
  pauseForAll(): void {
    if (this.waitsFor !== null) return;
    const state = this.port.state();
    if (state === 'running') this.stopUntil(() => this.reachesAll(), MINORITY);
    // It stops for good: what is left to be said waits for nobody.
    else if (state === 'stopping') this.port.stopApp(() => undefined);
  }

  private reachesAll(): boolean {
    const known = this.port.known();
    return this.port.view().members.every(({ name }) => name === this.port.self || known.has(name));
  }

  private hasMajority(): boolean {
    const { members } = this.port.view();
    const known = this.port.known();
    const alive = members.filter(({ name }) => name === this.port.self || known.has(name));
    return alive.length * 2 > members.length;
  }

  // --- autoheal ---

  /** `heal`: the winner has been found, and this node is not on its side. */
  readonly heal: Handler = (_from, { winner, losers }, reply) => {
    reply({});
    if (this.handling !== 'autoheal' || this.port.state() !== 'running') return;
    this.port.log.write('warning', `Autoheal: we were selected to restart; winner is '${String(winner)}'`);
    const others = (losers as readonly string[]).filter((name) => name !== this.port.self);
    // A loser that still runs is none to copy from.
    const stopped = (name: string): boolean => {
      const standing = this.port.known().get(name);
      return standing === undefined || standing.state !== 'running' || standing.saw.includes(String(winner));
    };
    this.stopUntil(() => others.every(stopped), RESTART);
  };

  readonly countClients: Handler = (_from, _question, reply) => reply({ connections: this.port.connections() });

  private healIfSplit(): void {
    const standings = this.everybody();
    if (this.deciding || standings === null) return;
    const sides = sidesOf(standings);
    if (sides.length < 2 || ![...standings.values()].some(({ partitions }) => partitions.length > 0)) return;
    const [leader] = [...standings.keys()].sort();
    if (leader === this.port.self) this.decide(sides);
  }

  /** All members; null unless all are linked and run: who decides while one is missing does not know on whose side that is. */
  private everybody(): ReadonlyMap<string, Standing> | null {
    const { self } = this.port;
    const standings = new Map([[self, this.port.own()]]);
    const known = this.port.known();
    const { members } = this.port.view();
    for (const { name } of members) {
      const standing = known.get(name);
      if (standing !== undefined) standings.set(name, standing);
    }
    const running = [...standings.values()].every(({ state }) => state === 'running');
    return running && standings.size === members.length ? standings : null;
  }

  private decide(sides: ReadonlyArray<readonly string[]>): void {
    this.deciding = true;
    const clients = new Map<string, number>();
    const names = sides.flat();
    let left = names.length;
    const counted = (name: string, count: number): void => {
      clients.set(name, count);
      if (--left > 0) return;
      this.deciding = false;
      this.announce(sides, clients);
    };
    for (const name of names) {
      if (name === this.port.self) counted(name, this.port.connections());
      else this.port.ask(name, 'clients', {}, (error, answer) => counted(name, error === null ? Number(answer.connections) : 0));
    }
  }

  private announce(sides: ReadonlyArray<readonly string[]>, clients: ReadonlyMap<string, number>): void {
    const value = (side: readonly string[]): number => side.reduce((sum, name) => sum + (clients.get(name) ?? 0), 0);
    const ranked = [...sides].sort((a, b) => value(b) - value(a) || b.length - a.length);
    const [winners = []] = ranked;
    const [winner = ''] = winners;
    const losers = ranked.slice(1).flat();
    const lines = [
      'Autoheal decision',
      `  * Partitions: [${ranked.map((side) => `[${side.join(',')}]`).join(',')}]`,
      `  * Winner: ${winner}`,
      `  * Losers: [${losers.join(',')}]`,
    ];
    this.port.log.write('info', lines.join('\n'));
    const { teller } = this.port;
    teller.tell({ type: 'autoheal', winners: teller.allShown(winners), losers: teller.allShown(losers) });
    for (const name of losers) {
      if (name === this.port.self) this.heal(name, { winner, losers }, () => undefined, NO_BODY);
      else this.port.ask(name, 'heal', { winner, losers }, () => undefined);
    }
  }

  // --- stopping for a while ---

  private stopUntil(ready: () => boolean, pause: Pause): void {
    this.waitsFor = ready;
    this.pause = pause;
    this.port.pauses(this.port.clock.epochMs());
    if (pause.paused !== null) this.port.teller.tell(pause.paused);
    this.port.stopApp(() => this.look());
  }

  private maybeStart(ready: () => boolean): void {
    if (this.port.state() !== 'stopped' || !ready()) return;
    this.waitsFor = null;
    const { pause } = this;
    this.port.log.write('warning', pause.restored);
    this.port.startApp((error) => {
      if (error === null) {
        if (pause.resumed !== null) this.port.teller.tell(pause.resumed);
        return;
      }
      this.port.log.write('error', error.message);
      this.timer = this.port.clock.after(AGAIN, () => {
        this.waitsFor = ready;
        this.look();
      });
    });
  }
}

/** Nodes that see each other run, together. */
function sidesOf(standings: ReadonlyMap<string, Standing>): string[][] {
  const sides: string[][] = [];
  const placed = new Set<string>();
  for (const start of standings.keys()) {
    if (placed.has(start)) continue;
    const side = [start];
    placed.add(start);
    for (const name of side) {
      for (const [other, { saw }] of standings) {
        if (placed.has(other) || !saw.includes(name) || standings.get(name)?.saw.includes(other) !== true) continue;
        placed.add(other);
        side.push(other);
      }
    }
    sides.push(side);
  }
  return sides;
}
