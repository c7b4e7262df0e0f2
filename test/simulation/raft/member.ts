/** A simulated member: the core, a disk, a clock that may drift, and the user's state. */
import type { Effect, RaftEvent } from '../../../lib/cluster/raft/effects';
import { ENTRY } from '../../../lib/cluster/raft/log';
import { decodeMembers } from '../../../lib/cluster/raft/members';
import { Raft } from '../../../lib/cluster/raft/raft';
import type { Restored } from '../../../lib/cluster/raft/storage';
import type { TimerEntry } from '../../../lib/world/timer-heap';
import type { Cluster } from './cluster';
import { Machine } from './machine';
import { SlowDisk } from './slow-disk';

/** Octets by which a snapshot may exceed the state in it, so that it takes several pieces. */
const PADDING = 150;

export class Member {
  raft: Raft | null = null;
  machine = new Machine();
  disk: SlowDisk | null = null;
  /** It crashes as soon as it has given something to its disk, or something is on it and it has said so. */
  doomed: 'atWrite' | 'atSync' | null = null;
  /** Called once, when it was doomed and crashed. */
  onCrash: (() => void) | null = null;
  /** Milliseconds of a sync, at the most. */
  syncTime: number;
  private incarnation = 0;
  private alarm: TimerEntry | null = null;
  private readonly clock = { at: 0, shows: 0, rate: 1 };
  private membersIndex = 0;

  constructor(
    readonly id: string,
    private restored: Restored,
    private readonly cluster: Cluster,
  ) {
    this.syncTime = cluster.settings.syncTime;
    this.clock.shows = cluster.random.int(1000);
  }

  get alive(): boolean {
    return this.raft !== null;
  }

  get leads(): boolean {
    return this.raft?.role === 'leader';
  }

  get drifts(): boolean {
    return this.clock.rate !== 1;
  }

  /** Milliseconds of its own clock for one of the others'. */
  setRate(rate: number): void {
    this.clock.shows = this.localNow();
    this.clock.at = this.cluster.now;
    this.clock.rate = rate;
    if (this.alive) this.setAlarm(true);
  }

  start(): void {
    const { cluster, id, restored } = this;
    const mine = ++this.incarnation;
    const ifAlive = (fn: () => void) => () => {
      if (this.incarnation === mine && this.alive) fn();
    };
    const after = (ms: number, fn: () => void): void => {
      cluster.after(ms, ifAlive(fn));
    };
    this.disk = new SlowDisk(
      restored,
      cluster.random.stream(`disk ${id} ${mine}`),
      after,
      this.synced,
      cluster.settings.sabotage,
    );
    this.disk.syncTime = this.syncTime;
    const random = cluster.random.stream(`raft ${id} ${mine}`);
    this.raft = new Raft({ id, restored, random, options: cluster.settings.options }, this.localNow());
    this.membersIndex = 0;
    this.machine = new Machine();
    this.machine.restore(restored.snapshot);
    cluster.checker.started(id, this.raft, restored);
    this.setAlarm(true);
  }

  crash(): void {
    const { cluster, disk } = this;
    if (disk === null) return;
    const { writes, torn } = disk.crash();
    cluster.tally.add('crash: writes lost', writes);
    if (torn) cluster.tally.add('crash: write torn');
    this.restored = disk.restored();
    this.raft = null;
    this.disk = null;
    this.doomed = null;
    this.alarm?.cancel();
    this.alarm = null;
    cluster.checker.stopped(this.id);
  }

  slowDown(syncTime: number): void {
    this.syncTime = syncTime;
    if (this.disk !== null) this.disk.syncTime = syncTime;
  }

  step(event: RaftEvent): void {
    const { raft, cluster } = this;
    if (raft === null) return;
    const { role, term, lastIndex } = raft;
    const effects: Effect[] = [];
    cluster.tally.events++;
    raft.step(event, this.localNow(), effects);
    cluster.checker.stepped(this.id, effects);
    let wrote = false;
    for (const effect of effects) {
      if (effect.kind === 'write') {
        wrote = true;
        if (effect.write.entries.length > 0 && effect.write.firstIndex <= lastIndex) cluster.truncations++;
      }
      this.carryOut(effect, raft);
    }
    if (role === 'leader' && raft.role === 'follower' && raft.term === term && event.kind === 'tick') {
      cluster.tally.add('leaders without a majority stepped down');
    }
    if (role === 'preCandidate' && raft.role === 'follower') cluster.tally.add('pre-votes that led to nothing');
    if (role === 'follower' && raft.role !== 'follower' && this.drifts)
      cluster.tally.add('clock drift: election by a drifted clock');
    if ((this.doomed === 'atWrite' && wrote) || (this.doomed === 'atSync' && event.kind === 'written')) {
      cluster.tally.add(wrote ? 'crash between append and sync' : 'crash right after a sync');
      cluster.crash(this);
      this.onCrash?.();
      this.onCrash = null;
      return;
    }
    this.setAlarm(false);
  }

  /** As if the leader of its term had told it to stand for election. */
  becomeHeir(): void {
    if (this.raft === null) return;
    const { id, raft } = this;
    this.step({ kind: 'message', message: { kind: 'timeoutNow', from: id, to: id, term: raft.term } });
  }

  /** Its user makes a snapshot of what it has applied. */
  compact(): void {
    const { raft, machine, cluster } = this;
    if (raft === null || machine.index <= raft.snapshotIndex) return;
    const index = raft.snapshotIndex + 1 + cluster.random.int(machine.index - raft.snapshotIndex);
    this.step({ kind: 'compact', index, data: machine.dataAt(index, cluster.random.int(PADDING)) });
  }

  private readonly synced = (number: number, ms: number): void => {
    if (ms > this.cluster.settings.options.electionTimeout / 2) this.cluster.tally.add('slow disk: half an election time-out');
    this.step({ kind: 'written', number });
  };

  private carryOut(effect: Effect, raft: Raft): void {
    const { cluster, machine } = this;
    switch (effect.kind) {
      case 'send':
        cluster.links.send(effect.message);
        break;
      case 'write':
        this.disk?.write(effect.write);
        break;
      case 'commit':
        for (let index = effect.from; index <= effect.to; index++) {
          const { kind, data } = raft.entry(index);
          machine.apply(index, kind === ENTRY.command ? data : null);
          if (kind === ENTRY.members) cluster.membersChanged(index, decodeMembers(data));
          cluster.applied(this, index);
        }
        break;
      case 'restore':
        machine.restore(effect.snapshot);
        this.membersIndex = 0;
        cluster.applied(this, effect.snapshot.index);
        cluster.tally.add('snapshots installed');
        break;
      case 'members':
        if (effect.index < this.membersIndex) cluster.tally.add('uncommitted members taken back');
        this.membersIndex = effect.index;
        break;
      case 'state':
        if (effect.role === 'leader') cluster.elected(this, effect.term);
        break;
      case 'transferAborted':
        cluster.tally.add('transfers aborted');
        break;
      default:
    }
  }

  private localNow(): number {
    const { at, shows, rate } = this.clock;
    return shows + (this.cluster.now - at) * rate;
  }

  /** The alarm may ring early: deadlines mostly move on before they come. */
  private setAlarm(anew: boolean): void {
    const { clock, cluster, raft } = this;
    if (raft === null) return;
    const at = Math.max(cluster.now, clock.at + (raft.wakeAt - clock.shows) / clock.rate);
    if (!anew && this.alarm !== null && this.alarm.call !== null && this.alarm.at <= at) return;
    this.alarm?.cancel();
    // Rounding must not make it ring for ever just before its time.
    this.alarm = cluster.after(at - cluster.now + 1e-6, () => {
      this.alarm = null;
      if (this.localNow() < raft.wakeAt) this.setAlarm(true);
      else this.step({ kind: 'tick' });
    });
  }
}
