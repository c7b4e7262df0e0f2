/**
 * What a node knows of its cluster, and the rules that follow from it: who may join, who may be removed, and whom a node must
 * wait for when it starts. Pure: states in, states or refusals out. RabbitMQ 3.10 with Mnesia is the model; texts as it says
 * them.
 *
 * Every member keeps the list of all members and, written down whenever it changes, of those it sees running. The second list
 * is what a start is decided by: whoever ran when this node stopped may know of changes that this node has missed.
 */

export type MemberKind = 'disc' | 'ram';

export interface Member {
  /** As RabbitMQ writes it: `rabbit1@localhost`. */
  readonly name: string;
  readonly kind: MemberKind;
}

/** What a node writes down. */
export interface ClusterView {
  readonly self: string;
  /** Invariant: `self` is one of them; in the order of joining. */
  readonly members: readonly Member[];
  /** Members other than `self` that ran when this was written. */
  readonly running: readonly string[];
}

/** A refusal in the words of the tools. */
export class ClusterError extends Error {
  constructor(
    /** The Erlang term's tag, such as `inconsistent_cluster`. */
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** A node that belongs to nobody is a cluster of one. */
export function alone(self: string): ClusterView {
  return { self, members: [{ name: self, kind: 'disc' }], running: [] };
}

export function isMember({ members }: ClusterView, name: string): boolean {
  return members.some((member) => member.name === name);
}

export function isClustered({ members }: ClusterView): boolean {
  return members.length > 1;
}

export function kindOf({ members }: ClusterView, name: string): MemberKind | null {
  return members.find((member) => member.name === name)?.kind ?? null;
}

export function discMembers({ members }: ClusterView): readonly string[] {
  return members.filter(({ kind }) => kind === 'disc').map(({ name }) => name);
}

// --- changes ---

/** `other` joined, or changed its kind. */
export function withMember(view: ClusterView, other: Member): ClusterView {
  if (!isMember(view, other.name)) return { ...view, members: [...view.members, other] };
  return { ...view, members: view.members.map((member) => (member.name === other.name ? other : member)) };
}

export function withoutMember(view: ClusterView, name: string): ClusterView {
  return {
    ...view,
    members: view.members.filter((member) => member.name !== name),
    running: view.running.filter((other) => other !== name),
  };
}

export function seenRunning(view: ClusterView, name: string, runs: boolean): ClusterView {
  if (view.running.includes(name) === runs || name === view.self) return view;
  return { ...view, running: runs ? [...view.running, name] : view.running.filter((other) => other !== name) };
}

// --- joining and leaving ---

/**
 * The view of a node that joins the cluster of `host`. `own` is its view before, `hosts` that of the member it was told. A node
 * that is in a cluster leaves it first; also one that its cluster has forgotten.
 */
export function join(own: ClusterView, hosts: ClusterView, kind: MemberKind): ClusterView {
  const { self } = own;
  if (hosts.self === self) throw new ClusterError('software', `Error: cannot cluster node with itself: ${self}`);
  if (isLastDisc(own)) throw new ClusterError('clustering_only_disc_node', ONLY_DISC_JOINS);
  if (isMember(hosts, self)) {
    // A RAM node that does not run has nothing that tells it (RabbitMQ).
    if (isMember(own, hosts.self) && kindOf(own, self) === 'disc') throw new ClusterError('already_member', alreadyMember(own));
    throw disagreement(hosts.self, self);
  }
  return { ...withMember(hosts, { name: self, kind }), self, running: [hosts.self, ...hosts.running] };
}

const ONLY_DISC_JOINS =
  'You cannot cluster a node if it is the only disc node in its existing  cluster. ' +
  "If new nodes joined while this node was offline, use 'update_cluster_nodes' to add them manually.";

/** Both think that they belong together, or both think that they do not. */
export function assertConsistent(own: ClusterView, other: ClusterView): void {
  const mine = isMember(own, other.self);
  const theirs = isMember(other, own.self);
  if (mine && !theirs) throw disagreement(own.self, other.self);
  if (theirs && !mine) throw disagreement(other.self, own.self);
}

function disagreement(thinks: string, disagrees: string): ClusterError {
  const text = `Node ${thinks} thinks it's clustered with node ${disagrees}, but ${disagrees} disagrees`;
  return new ClusterError('inconsistent_cluster', text);
}

function alreadyMember(view: ClusterView): string {
  return `Node ${view.self} is already a member of the cluster of ${view.members.map(({ name }) => name).join(', ')}`;
}

/** `running`: whether the node runs that is to be removed. Throws what RabbitMQ answers if it may not be. */
export function forget(view: ClusterView, name: string, running: boolean): ClusterView {
  if (!isMember(view, name)) throw new ClusterError('not_a_cluster_node', 'The node selected is not in the cluster.');
  if (running) {
    const text = `RabbitMQ on node ${name} must be stopped with 'rabbitmqctl -n ${name} stop_app' before it can be removed`;
    throw new ClusterError('node_running', text);
  }
  return withoutMember(view, name);
}

/** A node of a cluster may not become the only one that has everything in memory only. */
export function changeKind(view: ClusterView, kind: MemberKind): ClusterView {
  if (!isClustered(view)) throw new ClusterError('not_clustered', 'Non-clustered nodes can only be disc nodes.');
  if (kind === 'ram') assertNotLastDisc(view);
  return withMember(view, { name: view.self, kind });
}

/** What is left of a node that is reset: nothing. The others must have been told before. */
export function reset(view: ClusterView): ClusterView {
  assertNotLastDisc(view);
  return alone(view.self);
}

/** Of a cluster of several. */
function isLastDisc(view: ClusterView): boolean {
  const disc = discMembers(view);
  return isClustered(view) && disc.length === 1 && disc[0] === view.self;
}

function assertNotLastDisc(view: ClusterView): void {
  if (!isLastDisc(view)) return;
  throw new ClusterError(
    'resetting_only_disc_node',
    'You cannot reset a node when it is the only disc node in a cluster. ' +
      'Please convert another node of the cluster to a disc node first.',
  );
}
