/** What an operator sees and does when the faults are over: do all nodes run together, do they agree, who has to be restarted? */
import type { SimWorld } from '../../../lib/world/sim';
import { definitionsOf } from './checker';
import type { Wait } from './cluster-run';
import { type Member, TICK_TIME } from './member';

/** Lab milliseconds. */
const LONGEST_START = 120_000;
/** Times that a partition is mended at most. */
const REPAIRS = 3;

export class Operator {
  /** Times that a partition had to be mended. */
  repairs = 0;

  constructor(
    private readonly sim: SimWorld,
    private readonly members: readonly Member[],
  ) {}

  /**
   * What RabbitMQ's guide to partitions asks of an operator: the nodes that nobody trusts are stopped, and start again. With
   * pause_minority too, which does not help where two have met again before a third has noticed what it lost. Their applications
   * only: without their nodes a trusted one in a minority would pause, and those that start would not wait for what it has.
   */
  *repair(): Generator<Wait> {
    for (; this.repairs < REPAIRS; this.repairs++) {
      if (yield* this.meet()) return;
      yield this.allServe();
      const { members } = this;
      const size = (member: Member): number => member.node?.running.length ?? 0;
      const trusted = members.reduce((best, member) => (size(member) > size(best) ? member : best));
      const others = members.filter((member) => member.node?.running.length !== members.length || partitioned(member));
      if (others.length === 0) return;
      const strangers = others.filter((member) => !agrees(trusted, member));
      const losers = strangers.length === 0 ? others.filter((member) => member !== trusted) : strangers;
      for (const loser of losers) {
        let stopped = false;
        loser.stopApp(() => {
          stopped = true;
        });
        yield { until: () => stopped, within: LONGEST_START, otherwise: () => `${loser.name} does not stop` };
      }
      for (const loser of losers) {
        loser.startApp();
        yield this.allServe([loser]);
      }
    }
  }

  /** Waits until all have seen each other run for as long as a silent link is taken for whole. False if they do not. */
  private *meet(): Generator<Wait, boolean> {
    const { sim } = this;
    const end = sim.now + 3 * TICK_TIME;
    let since = sim.now;
    const together = (): boolean => {
      if (this.apart() !== null) since = sim.now;
      return sim.now - since >= TICK_TIME;
    };
    yield { until: () => together() || sim.now >= end, within: Infinity, otherwise: () => '' };
    return together();
  }

  allServe(members: readonly Member[] = this.members): Wait {
    return {
      until: () => members.every(({ broker }) => broker !== null),
      within: LONGEST_START,
      otherwise: () => {
        const waiting = members.filter(({ broker }) => broker === null);
        return `these wait for ever: ${waiting.map(({ name, node }) => `${name} (${node?.appState ?? 'dead'})`).join(', ')}`;
      },
    };
  }

  private apart(): string | null {
    for (const { name, node, broker } of this.members) {
      if (node === null || broker === null) return `${name} does not run`;
      if (node.running.length !== this.members.length) return `${name} sees only ${node.running.join(', ')}`;
      if (node.partitions.length > 0) return `${name} is parted from ${node.partitions.join(', ')}`;
    }
    return null;
  }

  disagreement(): string | null {
    const apart = this.apart();
    if (apart !== null) return apart;
    const [first, ...others] = this.members as [Member, ...Member[]];
    const wanted = definitionsOf(first);
    for (const other of others) {
      const found = definitionsOf(other);
      for (const [key, value] of wanted) {
        if (found.get(key) !== value) return `${key} is ${value} on ${first.name} and ${found.get(key)} on ${other.name}`;
      }
      for (const [key] of found) if (!wanted.has(key)) return `${key} is on ${other.name} and not on ${first.name}`;
    }
    return null;
  }
}

function partitioned({ node }: Member): boolean {
  return node !== null && node.partitions.length > 0;
}

/** They run together, as both see it. */
function agrees(a: Member, b: Member): boolean {
  return (
    a === b ||
    (a.node?.running.includes(b.self) === true &&
      b.node?.running.includes(a.self) === true &&
      !a.node.partitions.includes(b.self))
  );
}
