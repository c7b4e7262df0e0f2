/** What each fault does to the nodes of a lab, and how often it mattered. The same on both engines. */
import type { Lab } from './built-lab';
import { FAULTS, type FaultKind, type PlannedFault } from './cluster-plan';

interface Act {
  begin(lab: Lab, whom: readonly string[]): Promise<void>;
  end(lab: Lab, whom: readonly string[]): Promise<void>;
}

const others = (lab: Lab, name: string | undefined): string[] => lab.nodes.map((node) => node.name).filter((one) => one !== name);

/** A node of a real RabbitMQ that stands still cannot be told that a link is whole again. */
async function heal(lab: Lab): Promise<void> {
  for (const node of lab.nodes) if (node.state === 'paused') await node.resume();
  await lab.heal();
}

const ACTS: Readonly<Record<FaultKind, Act>> = {
  'kill -9': { begin: (lab, [name]) => lab.node(name).kill(), end: (lab, [name]) => lab.node(name).start() },
  stop: { begin: (lab, [name]) => lab.node(name).stop(), end: (lab, [name]) => lab.node(name).start() },
  SIGSTOP: {
    begin: (lab, [name]) => lab.node(name).pause(),
    end: async (lab, [name]) => {
      if (lab.node(name).state === 'paused') await lab.node(name).resume();
    },
  },
  cut: { begin: (lab, [name, other]) => lab.cut(name as string, other as string), end: heal },
  isolate: { begin: (lab, [name]) => lab.cut(name as string, ...others(lab, name)), end: heal },
  reset: {
    begin: async (lab) => {
      await lab.loseConnections();
    },
    end: async () => undefined,
  },
};

const OF_LINKS: ReadonlySet<FaultKind> = new Set<FaultKind>(['cut', 'isolate']);

/** What came of the faults of one kind. */
export interface FaultCount {
  done: number;
  /** A client lost its connection, or what it was doing failed, before the fault was over. */
  mattered: number;
  /** The node was down already, or a link was cut already. */
  skipped: number;
}

export class ClusterFaults {
  readonly counts = new Map<FaultKind, FaultCount>(FAULTS.map((kind) => [kind, { done: 0, mattered: 0, skipped: 0 }]));
  private readonly busy = new Set<string>();
  private cutting = false;
  private readonly endings: Promise<void>[] = [];

  /** `setbacks`: how often clients were set back so far. */
  constructor(
    private readonly lab: Lab,
    private readonly setbacks: () => number,
  ) {}

  /** Does these faults at their times, and undoes them. Resolves after `storm` milliseconds, when no fault begins any more. */
  async play(faults: readonly PlannedFault[], storm: number): Promise<void> {
    const until = Date.now() + storm;
    const began = Date.now();
    for (const fault of faults) {
      await sleep(began + fault.at - Date.now());
      this.endings.push(this.one(fault, until));
    }
    await sleep(until - Date.now());
    await Promise.all(this.endings);
  }

  private async one({ kind, lasts, whom }: PlannedFault, until: number): Promise<void> {
    const { lab, busy } = this;
    const count = this.counts.get(kind) as FaultCount;
    const ofLinks = OF_LINKS.has(kind);
    const touched = kind === 'isolate' ? [...whom, ...others(lab, whom[0])] : whom;
    const down = touched.some((name) => busy.has(name) || lab.node(name).state !== 'running');
    if (down || (ofLinks && this.cutting)) {
      count.skipped++;
      return;
    }
    count.done++;
    const before = this.setbacks();
    if (ofLinks) this.cutting = true;
    else busy.add(whom[0] as string);
    await ACTS[kind].begin(lab, whom);
    await sleep(Math.min(lasts, until - Date.now()));
    if (this.setbacks() > before) count.mattered++;
    const over = (): void => {
      if (ofLinks) this.cutting = false;
      else busy.delete(whom[0] as string);
    };
    // A node that starts may have to wait for others, and the storm does not wait for it. What cannot be undone by now, such as a
    // start that is given up, is tried again when everything is mended.
    void ACTS[kind].end(lab, whom).then(over, over);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
