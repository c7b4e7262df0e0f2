/** Plays scenarios, one after another, each on nodes that stand as its layout says. */
import type { Lab as LabType } from '../../../lib/lab/lab';
import { Lab } from '../../../lib/lab/lab';
import { ClusterStage, NODES, type NodeName } from './cluster-stage';
import type { EngineName } from './engine';
import type { Layout, Scenario } from './scenario';

/**
 * A node that must give up does so after 2 x 3 x 3 s, not after ten minutes; nodes that start side by side on a machine under
 * load find each other within that.
 */
const CONFIG = { mnesia_table_loading_retry_timeout: 3000, mnesia_table_loading_retry_limit: 3 };

/** A scenario that hangs is ended after so long: the longest takes a minute on a RabbitMQ that has the machine to itself. */
const LIMIT_MS: Readonly<Record<EngineName, number>> = { warren: 60_000, rabbitmq: 600_000 };

export class ClusterLab {
  #lab: LabType | null = null;
  #stage: ClusterStage | null = null;
  #config = '';
  /** How the nodes stand, if what was played last left them so. */
  #standing: Layout | null = null;
  /** Disks of nodes that stand as a layout says: a cluster that starts on them is there sooner than one that is formed. */
  #disks = new Map<Layout, readonly string[]>();

  constructor(private readonly engine: EngineName) {}

  async play<Facts>({ title, setup, play }: Scenario<Facts>): Promise<Facts> {
    try {
      const playing = this.#staged(setup).then((stage) => {
        this.#standing = null;
        return play(stage);
      });
      const facts = await within(LIMIT_MS[this.engine], playing);
      if (setup.harmless) this.#standing = setup.layout;
      return facts;
    } catch (error) {
      if (error instanceof Error) error.message = `${title}: ${error.message}`;
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#stage?.leave();
    await this.#lab?.stop();
    this.#lab = null;
    this.#stage = null;
    this.#standing = null;
    this.#disks.clear();
  }

  async #staged({ layout, config = {} }: Scenario['setup']): Promise<ClusterStage> {
    const wanted = JSON.stringify(config);
    if (this.#lab === null || this.#config !== wanted) {
      await this.stop();
      const options = { engine: this.engine, name: 'claims-cluster', nodes: NODES, config: { ...CONFIG, ...config } };
      this.#lab = await Lab.start({ ...options, cluster: layout === 'three' });
      this.#config = wanted;
      this.#stage = new ClusterStage(this.#lab, this.engine);
      if (layout === 'three') return this.#stage;
      await this.#form(this.#stage, layout);
      return this.#stage;
    }
    const stage = this.#stage as ClusterStage;
    await stage.leave();
    if (this.#standing === layout) return stage;
    await this.#lab.heal();
    const disks = this.#disks.get(layout);
    await this.#down(this.#lab);
    for (const [i, node] of this.#lab.nodes.entries()) {
      if (disks === undefined) await node.loseDisk();
      else await node.useDisk(disks[i] as string);
    }
    await this.#up(stage, disks === undefined ? 'apart' : layout);
    if (disks === undefined) await this.#form(stage, layout);
    return stage;
  }

  /** Makes blank nodes what the layout says, and keeps their disks. */
  async #form(stage: ClusterStage, layout: Layout): Promise<void> {
    const joining: Readonly<Record<Layout, readonly NodeName[]>> = {
      apart: [],
      pair: ['rabbit2'],
      three: ['rabbit2', 'rabbit3'],
      ram: ['rabbit2', 'rabbit3'],
    };
    if (joining[layout].length === 0) return;
    for (const node of joining[layout]) await stage.join(node, 'rabbit1', ...(layout === 'ram' ? ['--ram'] : []));
    await this.#down(stage.lab);
    this.#disks.set(layout, await Promise.all(stage.lab.nodes.map((node) => node.copyDisk())));
    await this.#up(stage, layout);
  }

  /** RAM nodes must find the disc node running; all others start side by side. */
  async #up(stage: ClusterStage, layout: Layout): Promise<void> {
    if (layout === 'ram') await stage.start('rabbit1');
    await stage.start(...NODES);
  }

  async #down(lab: LabType): Promise<void> {
    await Promise.all(lab.nodes.map((node) => node.kill()));
  }
}

async function within<T>(limitMs: number, coming: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([coming, late]);
  } finally {
    clearTimeout(timer);
  }
}
