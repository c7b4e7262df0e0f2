/**
 * One run: a storm of faults, requests and commands, then everything is mended, and the group has to agree, to go on, and to
 * be left alone by those who were away. Throws a `Violation` when something does not hold.
 */
import { majority } from '../../../lib/cluster/raft/members';
import { SeededRandom } from '../../../lib/world/random';
import { Violation } from './checker';
import { Cluster, OPTIONS } from './cluster';
import type { Member } from './member';
import { type DeedName, Nemesis } from './nemesis';
import type { Sabotage } from './slow-disk';
import type { Tally } from './tally';

const T = OPTIONS.electionTimeout;
/** Milliseconds that a storm takes at least, and how much more at the most. */
const STORM = [10 * T, 20 * T] as const;

export interface Choice {
  readonly sabotage?: Sabotage;
  /** Instead of what the seed draws. */
  readonly only?: readonly DeedName[];
}

export function simulate(seed: number, tally: Tally, { sabotage, only }: Choice = {}): void {
  const random = new SeededRandom(seed);
  const draw = random.stream('settings');
  const founders = draw.float() < 0.5 ? 3 : 5;
  const delay = [2, 10, 40, 80][draw.int(4)] as number;
  const syncTime = [1, 10, 30, 100][draw.int(4)] as number;
  const cluster = new Cluster(random, { founders, delay, syncTime, options: OPTIONS, sabotage: sabotage ?? null }, tally);
  const nemesis = new Nemesis(cluster, random.stream('nemesis'), only ?? null);
  const storm = STORM[0] + draw.float() * STORM[1];
  work(cluster, random.stream('work'), [10, 30, 100][draw.int(3)] as number, storm);
  cluster.run(storm);
  nemesis.stop();
  recover(cluster);
  staysCalm(cluster);
  handsOver(cluster);
  losesItsLeader(cluster);
  cluster.checker.compareAll();
  tally.runs++;
  tally.add('entries committed', cluster.checker.commitIndex);
  if (cluster.elections >= 2) tally.add('runs with two elections');
  if (cluster.truncations > 0) tally.add('runs with a truncation');
}

/** Clients send commands to whoever believes to lead. */
function work(cluster: Cluster, random: SeededRandom, pace: number, until: number): void {
  cluster.after(2 * pace * random.float(), () => {
    if (cluster.now > until) return;
    const leaders = cluster.alive.filter((member) => member.leads);
    if (leaders.length > 0) cluster.propose(leaders[random.int(leaders.length)] as Member);
    work(cluster, random, pace, until);
  });
}

/** All members of the leader's group are there, have what it has, and know that it leads. */
function converged(cluster: Cluster): boolean {
  const { leader } = cluster;
  if (leader?.raft == null) return false;
  const { members, lastIndex, commitIndex, term } = leader.raft;
  if (commitIndex !== lastIndex || members.learners.length > 0) return false;
  return members.voters.every((id) => {
    const { raft, machine } = cluster.members.get(id)!;
    return raft !== null && raft.term === term && raft.leader === leader.id && machine.index === lastIndex;
  });
}

/** Everything is mended: the group agrees, and goes on. */
function recover(cluster: Cluster): void {
  const { checker } = cluster;
  // The windows are small: a long log takes its time over slow links onto slow disks.
  assert(
    cluster.run(200 * T, () => converged(cluster)),
    'the group does not agree',
  );
  const before = checker.commitIndex;
  // A leader may still be about to hand over, and then takes nothing for a while.
  for (let tries = 0; tries < 5 && checker.commitIndex === before; tries++) {
    if (cluster.leader !== null) cluster.propose(cluster.leader);
    cluster.run(T);
  }
  assert(checker.commitIndex > before, 'the group does not go on');
  assert(
    cluster.run(10 * T, () => converged(cluster)),
    'the group does not agree on what is new',
  );
}

/** Who was removed, or was away for long and comes back, changes neither leader nor term. */
function staysCalm(cluster: Cluster): void {
  const leader = cluster.leader as Member;
  const { term, members } = leader.raft!;
  const calm = (who: string): void =>
    assert(leader.leads && leader.raft!.term === term, `${leader.id} led in term ${term} until ${who} disturbed it`);
  cluster.run(8 * T);
  calm('nobody');
  const away = members.voters.find((id) => id !== leader.id);
  if (away === undefined || majority(members) === members.voters.length) return;
  isolate(cluster, away);
  cluster.run(8 * T);
  cluster.propose(leader);
  cluster.healAll();
  cluster.run(4 * T);
  calm(away);
  assert(converged(cluster), `${away} does not catch up`);
}

function handsOver(cluster: Cluster): void {
  const leader = cluster.leader as Member;
  const to = leader.raft!.members.voters.find((id) => id !== leader.id);
  if (to === undefined) return;
  leader.step({ kind: 'transfer', to });
  assert(
    cluster.run(2 * T, () => cluster.leader?.id === to),
    `${leader.id} does not hand over to ${to}`,
  );
  assert(
    cluster.run(10 * T, () => converged(cluster)),
    'the group does not agree after a transfer',
  );
}

/** A leader without a majority ends its term by itself, and the others have another, once somebody wants something of them. */
function losesItsLeader(cluster: Cluster): void {
  const leader = cluster.leader as Member;
  if (leader.raft!.members.voters.length < 3) return;
  isolate(cluster, leader.id);
  cluster.propose(leader);
  for (const member of cluster.alive) if (member !== leader) member.step({ kind: 'stir' });
  cluster.run(2 * T);
  assert(!leader.leads, `${leader.id} leads, though it hears nobody`);
  assert(
    cluster.run(30 * T, () => cluster.leader !== null),
    'nobody takes over from a leader that is cut off',
  );
  cluster.healAll();
  assert(
    cluster.run(30 * T, () => converged(cluster)),
    'a leader that was cut off does not come back',
  );
}

function isolate({ links, members }: Cluster, id: string): void {
  for (const other of members.keys()) {
    if (other === id) continue;
    links.cut(id, other, false, false);
    links.cut(other, id, false, false);
  }
}

function assert(holds: boolean, otherwise: string): void {
  if (!holds) throw new Violation(otherwise);
}
