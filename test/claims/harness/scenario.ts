/**
 * Claims about clusters. A cluster of three real nodes takes half a minute to start, so claims share what happens to one: a
 * *scenario* forms a cluster, does something to it and gathers facts; each of its claims looks at the facts. A scenario that
 * leaves its cluster running may hand over the cluster itself, for claims that do it no lasting harm.
 *
 *     const bothStopped = scenario('a stops, then b', { layout: 'pair' }, async (c) => {
 *       await c.node('rabbit1').stop();
 *       ...
 *       return { first: await c.members('rabbit2') };
 *     });
 *     const fact = factsOf(bothStopped, '16');
 *     fact('recovery.order.last-first', 'The node that stopped last starts alone.', ({ first }) => assert.deepEqual(...));
 *
 * Nodes are rabbit1, rabbit2 and rabbit3. Scenarios run one after another, when all other claims are done. One that fails on
 * RabbitMQ is played once more, for the reason that claim.ts gives.
 */
import { claim, type NotebookNumber } from './claim';
import type { ClusterStage } from './cluster-stage';
import type { ClaimContext } from './context';

/**
 * How the nodes stand at the beginning. `apart`: three that are blank. `pair`: rabbit1 and rabbit2 are a cluster, rabbit3 is
 * blank.
 * `three`: one cluster. `ram`: one cluster in which rabbit1 alone is a disc node.
 */
export type Layout = 'apart' | 'pair' | 'three' | 'ram';

export interface Setup {
  readonly layout: Layout;
  /** Settings of every node, as in rabbitmq.conf, besides those that all scenarios have. */
  readonly config?: Readonly<Record<string, string | number>>;
  /** Neither it nor its claims do the cluster lasting harm: the next scenario with this layout may go on with it. */
  readonly harmless?: true;
}

export interface Scenario<Facts = unknown> {
  readonly title: string;
  readonly setup: Setup;
  readonly play: (cluster: ClusterStage) => Promise<Facts>;
}

export function scenario<Facts>(title: string, setup: Setup, play: (cluster: ClusterStage) => Promise<Facts>): Scenario<Facts> {
  return { title, setup, play };
}

/** Makes claims about what a scenario gave. */
export function factsOf<Facts>(
  about: Scenario<Facts>,
  notebook: NotebookNumber,
): (id: string, sentence: string, check: (facts: Facts, t: ClaimContext) => void | Promise<void>) => void {
  return (id, sentence, check) =>
    claim(id, sentence, { notebook, scenario: about }, async (t) => check((await t.factsOf(about)) as Facts, t));
}
