/**
 * Other names for nodes (`rename_cluster_node`). The command only writes them down, on the folder of a node whose process is
 * stopped. When that node starts under its new name, everything that it keeps has the new names, and a member that runs takes
 * the news to all others in a turn, before it lets the node in. A start under the old name takes the renaming back.
 */
import type { Storage } from '../../storage/storage';
import type { Application } from '../application';
import type { ClusterNode } from '../cluster-node';
import { membershipChange } from '../metadata/definitions';
import { queuesOf } from '../metadata/homes';
import { ClusterError, type ClusterView, isMember, kindOf } from './membership';
import type { Neighbours, Standing } from '../links/neighbours';
import type { ViewBook } from './view-book';

/** Old names to new ones. */
export type Names = ReadonlyMap<string, string>;

export const NO_NAMES: Names = new Map();

export function renamed(view: ClusterView, names: Names): ClusterView {
  const now = (name: string): string => names.get(name) ?? name;
  return {
    self: now(view.self),
    members: view.members.map(({ name, kind }) => ({ name: now(name), kind })),
    running: view.running.map(now),
  };
}

/** Throws what RabbitMQ has against it. The message of such a refusal is a list of nodes, with blanks in between. */
export function assertRenaming(view: ClusterView, names: Names): void {
  const [old, fresh] = [[...names.keys()], [...names.values()]];
  const refuse = (reason: string, nodes: readonly string[]): void => {
    if (nodes.length > 0) throw new ClusterError(reason, nodes.join(' '));
  };
  refuse('duplicate_node', new Set(fresh).size < old.length ? fresh : []);
  const known = fresh.filter((name) => isMember(view, name));
  if (known.length === 0)
    refuse(
      'nodes_not_in_cluster',
      old.filter((name) => !isMember(view, name)),
    );
  refuse('nodes_already_in_cluster', known);
}

/** In a storage that nobody uses yet. */
export function renameHomes(storage: Storage, names: Names): void {
  if (names.size === 0) return;
  const now = (name: string): string => names.get(name) ?? name;
  for (const { key, queue } of queuesOf(storage)) {
    const { home = '', mirrors } = queue;
    const changed = {
      ...queue,
      home: now(home),
      ...(mirrors && { mirrors: mirrors.map((one) => ({ ...one, node: now(one.node) })) }),
    };
    if (names.has(home) || mirrors?.some(({ node }) => names.has(node))) storage.put(key, JSON.stringify(changed));
  }
}

/** A node that starts under a new name. */
export class NewName {
  private readonly asked = new Set<string>();
  /** A member takes the news to the others. */
  private underWay = false;

  constructor(
    private readonly book: ViewBook,
    private readonly neighbours: Neighbours,
  ) {}

  /**
   * Whether the members that run and can be reached know it. If not, one of them is told, and `again` is called when it has told
   * the others, or will not.
   */
  isKnown(again: () => void): boolean {
    if (this.underWay) return false;
    const { book, neighbours } = this;
    const { self } = book.view;
    const was = [...book.renaming].find(([, name]) => name === self)?.[0];
    if (was === undefined) return true;
    const stranger = [...neighbours.known].find(([name, standing]) => !this.asked.has(name) && knowsOnly(standing, was, self));
    if (stranger === undefined) return true;
    const [name] = stranger;
    this.asked.add(name);
    this.underWay = true;
    neighbours.ask(name, 'rename', { was }, () => {
      this.underWay = false;
      again();
    });
    return false;
  }
}

function knowsOnly({ state, members }: Standing, was: string, self: string): boolean {
  return state === 'running' && members.some(({ name }) => name === was) && !members.some(({ name }) => name === self);
}

/** On a member that runs. Nothing happens where the old name is none of a member that is down. */
export function letRename(node: ClusterNode, application: Application, was: string, now: string, done: () => void): void {
  const { definitions, broker } = application;
  definitions.change(() => {
    const kind = kindOf(node.view, was);
    if (kind === null || isMember(node.view, now) || application.running.includes(was)) return;
    for (const [name, value] of [
      [was, null],
      [now, kind],
    ] as const) {
      node.memberChanged(name, value);
      definitions.alsoChanged(membershipChange({ kind: 'member', name, value }));
    }
    for (const vhost of broker.vhosts.values()) {
      // A quorum queue knows its members by their names in its log (RabbitMQ renames none there, either).
      for (const queue of [...vhost.queues.values()])
        if (queue.home === was && queue.kind !== 'quorum') application.relocate(queue, now, queue.mirrors);
    }
  }, done);
}
