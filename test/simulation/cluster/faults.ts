/** What each kind of fault does to the cluster, and how often it mattered. */
import type { Fault, SimWorld } from '../../../lib/world/sim';
import type { DiskFaultKind } from '../../../lib/world/sim-disk';
import type { Seen } from './history';
import { COOKIE, type Member, MEMORY } from './member';
import { DEED_KINDS, type Deed, type DeedKind } from './plan';

/** Milliseconds that a slow link adds. */
const SLOW = 250;

export interface Ground {
  readonly sim: SimWorld;
  readonly members: ReadonlyMap<string, Member>;
  readonly seen: Readonly<Seen>;
}

interface Act {
  begin(faults: Faults, whom: readonly string[], deed: Deed): readonly Fault[];
  /** Undoes it; faults of the network are undone for all by `Faults`. */
  end?(faults: Faults, whom: readonly string[]): void;
}

/** How many times as long a slow disk takes. */
const SLOW_DISK = 50;
/** Octets, at most, after which a connection breaks in the middle of what is said. */
const MESSAGE = 2000;

/** Milliseconds by which a clock is set wrong. */
const JUMPS = [-3_600_000, -5000, -100, 100, 5000, 3_600_000] as const;

const start: Act['end'] = (faults, [name]) => faults.member(name).start();

const ACTS: Readonly<Record<DeedKind, Act>> = {
  crash: { begin: (faults, [name]) => faults.kill(name, 'process'), end: start },
  'power cut': { begin: (faults, [name]) => faults.kill(name, 'machine'), end: start },
  'failing disk': {
    begin: (faults, [name]) => {
      faults.member(name).disk.fail('sync', 1, 'EIO');
      return [];
    },
    end: (faults, [name]) => {
      faults.member(name).disk.mend();
      faults.member(name).start();
    },
  },
  'full disk': {
    begin: (faults, [name]) => {
      faults.member(name).disk.fail('write', 1, 'ENOSPC');
      return [];
    },
    end: (faults, [name]) => {
      faults.member(name).disk.mend();
      faults.member(name).start();
    },
  },
  'slow disk': {
    begin: (faults, [name]) => {
      faults.member(name).disk.slowness = SLOW_DISK;
      return [];
    },
    end: (faults, [name]) => {
      faults.member(name).disk.slowness = 1;
    },
  },
  'memory alarm': {
    begin: (faults, [name]) => {
      faults.member(name).memoryUsed = MEMORY;
      return [];
    },
    end: (faults, [name]) => {
      faults.member(name).memoryUsed = 0;
    },
  },
  'clock jump': {
    begin: ({ ground }, [name], { at }) => [ground.sim.jumpClock(name as string, JUMPS[at % JUMPS.length] as number)],
    end: ({ ground }, [name]) => ground.sim.setClockRight(name as string),
  },
  'wrong cookie': {
    begin: (faults, [name]) => faults.restart(name, 'sand'),
    end: (faults, [name]) => void faults.restart(name, COOKIE),
  },
  stop: { begin: (faults, [name]) => faults.stop(name), end: start },
  pause: {
    begin: (faults, [name]) => (faults.member(name).node === null ? [] : [faults.ground.sim.pause(name as string)]),
    end: (faults, [name]) => {
      if (faults.member(name).node !== null) faults.ground.sim.resume(name as string);
    },
  },
  cut: { begin: ({ ground }, [a, b]) => [ground.sim.cut(a as string, b as string)] },
  'cut one way': { begin: ({ ground }, [a, b]) => [ground.sim.cutOneWay(a as string, b as string)] },
  partition: {
    begin: ({ ground }, side) => {
      const rest = [...ground.members.keys()].filter((name) => !side.includes(name));
      return side.flatMap((a) => rest.map((b) => ground.sim.cut(a, b)));
    },
  },
  latency: { begin: ({ ground }, [a, b]) => [ground.sim.latency(a as string, b as string, SLOW)] },
  reset: { begin: ({ ground }, [a, b]) => [ground.sim.reset(a as string, b as string)] },
  'reset in a message': {
    begin: ({ ground }, [a, b], { at }) => [ground.sim.reset(a as string, b as string, { afterBytes: 1 + (at % MESSAGE) })],
    end: ({ ground }, [a, b]) => ground.sim.disarm(a as string, b as string),
  },
};

const OF_LINKS: ReadonlySet<DeedKind> = new Set<DeedKind>(['cut', 'cut one way', 'partition', 'latency']);
/** What a disk counts when such a fault has made a difference. */
const BITES: Readonly<Partial<Record<DeedKind, DiskFaultKind>>> = {
  'failing disk': 'failing',
  'full disk': 'full',
  'slow disk': 'slow',
};

/** What is seen more of when such a fault has made a difference. */
const SIGNS: Readonly<Partial<Record<DeedKind, keyof Seen>>> = { 'memory alarm': 'blocked', 'wrong cookie': 'strangers' };

interface Done {
  readonly deed: Deed;
  /** What had been seen before. */
  readonly before: Readonly<Seen>;
  faults: Fault[];
  /** It mattered in a way that no fault of the world counts. */
  mattered: boolean;
  over: boolean;
}

export class Faults {
  private readonly done: Done[] = [];

  constructor(readonly ground: Ground) {}

  /** Does these deeds, `from` being their beginning in lab time. */
  schedule(deeds: readonly Deed[], from: number): void {
    const { scheduler } = this.ground.sim;
    for (const deed of deeds) {
      scheduler.at(from + deed.at, null, () => {
        const done: Done = { deed, before: { ...this.ground.seen }, faults: [], mattered: false, over: false };
        this.done.push(done);
        this.present = done;
        done.faults.push(...ACTS[deed.kind].begin(this, deed.whom, deed));
        scheduler.at(from + deed.at + deed.lasts, null, () => this.undo(done));
      });
    }
  }

  /** Undoes all that is in force. */
  end(): void {
    for (const done of this.done) this.undo(done);
  }

  /** By kind: how often it was done, and how often it mattered. */
  counts(): Map<DeedKind, readonly [done: number, mattered: number]> {
    return new Map(
      DEED_KINDS.map((kind) => {
        const all = this.done.filter(({ deed }) => deed.kind === kind);
        const mattered = all.filter((one) => one.mattered || one.faults.some((fault) => fault.mattered));
        return [kind, [all.length, mattered.length]];
      }),
    );
  }

  private present: Done | null = null;

  private undo(done: Done): void {
    if (done.over) return;
    done.over = true;
    const { kind, whom } = done.deed;
    const bite = BITES[kind];
    if (bite !== undefined) done.mattered = (this.member(whom[0]).disk.bites.get(bite) ?? 0) > 0;
    const sign = SIGNS[kind];
    if (sign !== undefined) done.mattered = this.ground.seen[sign] > done.before[sign];
    ACTS[kind].end?.(this, whom);
    if (!OF_LINKS.has(kind)) return;
    // The network heals as a whole; what others have done to it is done once more.
    this.ground.sim.heal();
    for (const other of this.done) {
      if (!other.over && OF_LINKS.has(other.deed.kind))
        other.faults.push(...ACTS[other.deed.kind].begin(this, other.deed.whom, other.deed));
    }
  }

  // --- for the acts ---

  member(name: string | undefined): Member {
    const member = this.ground.members.get(name as string);
    if (member === undefined) throw new Error(`there is no node ${name}`);
    return member;
  }

  kill(name: string | undefined, what: 'process' | 'machine'): readonly Fault[] {
    const member = this.member(name);
    if (member.node === null) return [];
    const before = this.ground.sim.faults.length;
    const bites = sum(member.disk.bites);
    member.crash(what);
    if (what === 'process') return this.ground.sim.faults.slice(before);
    // A power cut differs from a crash by what the disk forgets.
    (this.present as Done).mattered = sum(member.disk.bites) > bites;
    return [];
  }

  /** Its process is killed, and started again with this cookie. */
  restart(name: string | undefined, cookie: string): readonly Fault[] {
    const member = this.member(name);
    member.cookie = cookie;
    if (member.node === null) return [];
    member.crash('process');
    member.start();
    return [];
  }

  stop(name: string | undefined): readonly Fault[] {
    const member = this.member(name);
    const done = this.present as Done;
    done.mattered = member.broker !== null && member.broker.countConnections({}) > 0;
    member.stop();
    return [];
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, one) => all + one, 0);
}
