/**
 * What the tools do to the cluster that a node is in: join it, leave it, remove others from it, wait for them, ask them. The port
 * is `ClusterControl` of the tools (lib/control). Refusals are `ClusterError`s in RabbitMQ's words.
 */
import type { Storage } from '../../storage/storage';
import type { Clock } from '../../world/world';
import type { Application } from '../application';
import type { Fields, Reply } from '../calls';
import type { ClusterNode } from '../cluster-node';
import { membershipChange } from '../metadata/definitions';
import { forgetHomeOffline } from '../metadata/homes';
import {
  alone,
  changeKind,
  ClusterError,
  type ClusterView,
  forget,
  isClustered,
  isMember,
  join,
  kindOf,
  type Member,
  type MemberKind,
  reset,
} from './membership';
import type { Standing } from '../links/neighbours';
import { assertRenaming, letRename, type Names } from './rename';

export interface ClusterCommandsOptions<Facts extends object> {
  readonly node: ClusterNode;
  /** Throws away all that the node keeps. */
  wipe(): Promise<void>;
  /** Of this node, while its application runs. */
  facts(): Facts;
  /** Answers what the tools' side of another member asks. */
  answer?(question: string): Promise<string>;
  /** The clock of whoever types the commands; default: that of the node, which may stand still. */
  readonly clock?: Pick<Clock, 'after'>;
}

/** Milliseconds that a running member is given to answer. */
const PATIENCE = 5000;

export class ClusterCommands<Facts extends object> {
  private readonly node: ClusterNode;

  constructor(private readonly options: ClusterCommandsOptions<Facts>) {
    const { node } = options;
    this.node = node;
    const { neighbours } = node;
    neighbours.handle('join', (from, question, reply) => this.letJoin(from, question, reply));
    neighbours.handle('leave', (from, _question, reply) => this.letLeave(from, reply));
    neighbours.handle('rename', (from, { was }, reply) => {
      if (node.application === null) reply(notRunning());
      else letRename(node, node.application, was as string, from, () => reply({}));
    });
    neighbours.handle('facts', (_from, _question, reply) => {
      if (node.broker === null) reply(notRunning());
      else reply({ facts: options.facts() });
    });
    neighbours.handle('tools', (_from, { question }, reply) => {
      if (options.answer === undefined || node.broker === null) reply(notRunning());
      else void options.answer(question as string).then((answer) => reply({ answer }));
    });
  }

  get members(): readonly Member[] {
    return this.node.view.members;
  }

  get running(): readonly string[] {
    return this.node.appState === 'running' ? this.node.running : [];
  }

  /** Of this side: those that run apart are not asked (RabbitMQ). */
  get partitions(): ReadonlyMap<string, readonly string[]> {
    const { node, running } = this;
    const told = [...node.neighbours.known].map(([name, { partitions }]): [string, readonly string[]] => [name, partitions]);
    const all = told.filter(([name]) => running.includes(name));
    all.unshift([node.self, node.partitions]);
    return new Map(all.filter(([, split]) => split.length > 0));
  }

  // --- joining and leaving ---

  async join(member: string, kind: MemberKind): Promise<void> {
    const { node } = this;
    if (member === node.self) join(node.view, node.view, kind);
    const view = join(node.view, viewOf(member, await this.reachRunning(member)), kind);
    if (isClustered(node.view)) await this.leave(false);
    await this.askNode(member, 'join', { kind });
    await this.options.wipe();
    node.replaceView(view, false);
    const { teller } = node;
    teller.tell({ type: 'node.joined', kind, members: teller.allShown(view.members.map(({ name }) => name)) });
  }

  private letJoin(name: string, { kind }: Fields, reply: Reply): void {
    const { node } = this;
    const definitions = node.application?.definitions;
    if (definitions === undefined) {
      reply(notRunning());
      return;
    }
    definitions.change(
      () => {
        node.memberChanged(name, kind as MemberKind);
        definitions.alsoChanged(membershipChange({ kind: 'member', name, value: kind as MemberKind }));
      },
      () => reply({}),
    );
  }

  async leave(forced: boolean): Promise<void> {
    const { node } = this;
    if (isClustered(node.view) && !forced) {
      reset(node.view);
      const [member] = await this.runningMembers();
      if (member === undefined) {
        const text = 'You cannot leave a cluster if no online nodes are present.';
        throw new ClusterError('no_running_cluster_nodes', text);
      }
      await this.askNode(member, 'leave', {});
    }
    await this.options.wipe();
    node.replaceView(alone(node.self), false);
    node.teller.tell({ type: 'node.reset', forced });
  }

  private letLeave(name: string, reply: Reply): void {
    const { node } = this;
    if (node.application === null) reply(notRunning());
    else if (!isMember(node.view, name)) reply({});
    else this.remove(name, () => reply({}));
  }

  async forget(member: string): Promise<void> {
    const { node } = this;
    if (isMember(node.view, member) && node.application === null) throw forgetOfStopped(node, member);
    const standing = node.neighbours.standing(member);
    // One that was reset by force runs as well, as a cluster of its own.
    const runsApart = standing?.state === 'running' && isMember(viewOf(member, standing), node.self);
    const runs = this.running.includes(member) || runsApart;
    forget(node.view, member, runs);
    await new Promise<void>((resolve) => this.remove(member, resolve));
    this.tellForgotten(member, false);
  }

  /** Takes a member out in a turn of this node, and the queues that have their home there. */
  private remove(name: string, done: () => void): void {
    const { node } = this;
    const application = node.application as Application;
    const { definitions, broker } = application;
    definitions.change(() => {
      if (!isMember(node.view, name)) return;
      node.memberChanged(name, null);
      definitions.alsoChanged(membershipChange({ kind: 'member', name, value: null }));
      for (const vhost of broker.vhosts.values()) {
        for (const queue of [...vhost.queues.values()]) {
          if (queue.home !== name) continue;
          if (queue.state === 'down') vhost.deleteQueue(queue, 'deleted');
          else application.abandonHome(queue);
        }
      }
    }, done);
  }

  async changeKind(kind: MemberKind): Promise<boolean> {
    const { node } = this;
    if (isClustered(node.view) && kindOf(node.view, node.self) === kind) return false;
    changeKind(node.view, kind);
    const [member] = await this.runningMembers();
    if (member === undefined) {
      const text =
        "Could not find any online cluster nodes. If the cluster has changed, you can use the 'update_cluster_nodes' command.";
      throw new ClusterError('no_online_cluster_nodes', text);
    }
    await this.leave(false);
    await this.join(member, kind);
    return true;
  }

  async seed(member: string): Promise<void> {
    const { node } = this;
    const view = viewOf(member, await this.reachRunning(member));
    if (!isMember(view, node.self)) {
      throw new ClusterError('inconsistent_cluster', 'The nodes provided do not have this node as part of the cluster.');
    }
    const running = [member, ...view.running].filter((name) => name !== node.self);
    node.replaceView({ self: node.self, members: view.members, running }, this.node.book.forced);
  }

  async forceBoot(): Promise<void> {
    this.node.replaceView(this.node.view, true);
  }

  // --- on the folder of a node whose process is stopped ---

  async forgetOffline(member: string): Promise<void> {
    const { node } = this;
    const view = forget(node.view, member, false);
    // On a folder that was renamed and not started since, the queues stay as they are: down, with the home (RabbitMQ).
    if (node.book.renaming.size === 0) await this.onStorage((storage) => forgetHomeOffline(storage, member, node.self));
    node.replaceView(view, node.book.forced);
    this.tellForgotten(member, true);
  }

  private tellForgotten(member: string, offline: boolean): void {
    const { teller } = this.node;
    teller.tell({ type: 'node.forgotten', member: teller.shown(member), offline });
  }

  async rename(names: Names): Promise<void> {
    const { book } = this.node;
    if (book.isRenamed) throw new ClusterError('rename_in_progress', 'Restart node under old name to roll back');
    assertRenaming(book.view, names);
    book.rename(names);
  }

  private async onStorage(work: (storage: Storage) => void): Promise<void> {
    const ground = this.node.options.begin();
    work(ground.storage);
    await new Promise<void>((resolve) => ground.storage.close(resolve));
    ground.end();
  }

  // --- looking and waiting ---

  whenRunning(count: number, limitMs: number): Promise<boolean> {
    const { node } = this;
    return new Promise((resolve) => {
      const end = (enough: boolean): void => {
        timer.cancel();
        node.watchers.delete(look);
        resolve(enough);
      };
      const look = (): void => {
        if (this.running.length >= count) end(true);
      };
      const timer = this.clock.after(limitMs, () => end(false));
      node.watchers.add(look);
      look();
    });
  }

  settled(): Promise<void> {
    const definitions = this.node.application?.definitions;
    return new Promise((resolve) => (definitions === undefined ? resolve() : definitions.settled(resolve)));
  }

  async facts(): Promise<ReadonlyMap<string, Facts>> {
    const told = await this.askRunning('facts', {}, ({ facts }) => facts as Facts);
    const all = new Map<string, Facts>([[this.node.self, this.options.facts()], ...told]);
    // In the order of the members.
    return new Map(this.running.flatMap((name) => (all.has(name) ? [[name, all.get(name) as Facts] as const] : [])));
  }

  /** Asks the tools' side of every other running member. By member that answered. */
  ask(question: string): Promise<ReadonlyMap<string, string>> {
    return this.askRunning('tools', { question }, ({ answer }) => answer as string);
  }

  private askNode(to: string, what: string, fields: Fields): Promise<Fields> {
    return new Promise((resolve, reject) => {
      this.node.neighbours.ask(to, what, fields, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
  }

  /** Asks all other running members. By member that answered. */
  private async askRunning<T>(what: string, fields: Fields, read: (answer: Fields) => T): Promise<ReadonlyMap<string, T>> {
    const others = this.running.filter((name) => name !== this.node.self);
    const answers = await Promise.all(
      others.map((name) =>
        this.inTime(this.askNode(name, what, fields)).then(
          (answer): readonly [string, T][] => (answer === null ? [] : [[name, read(answer)]]),
          () => [],
        ),
      ),
    );
    return new Map(answers.flat());
  }

  private get clock(): Pick<Clock, 'after'> {
    return this.options.clock ?? this.node.world.clock;
  }

  /** Null if it takes too long. */
  private inTime<T>(answer: Promise<T>): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(PATIENCE, () => resolve(null));
      answer.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  /** Other members whose application runs, as far as they can be reached. */
  private async runningMembers(): Promise<readonly string[]> {
    const { node } = this;
    const others = node.view.members.map(({ name }) => name).filter((name) => name !== node.self);
    const standings = await Promise.all(others.map((name) => this.hello(name)));
    return others.filter((_, i) => standings[i]?.state === 'running');
  }

  /** Rejects unless its application runs. */
  private async reachRunning(name: string): Promise<Standing> {
    const standing = await this.hello(name);
    if (standing === null) throw new ClusterError('nodedown', `unable to perform an operation on node '${name}'`);
    if (standing.state !== 'running') throw notRunning();
    return standing;
  }

  private hello(name: string): Promise<Standing | null> {
    return new Promise((resolve) => this.node.neighbours.hello(name, resolve));
  }
}

function viewOf(name: string, { members, saw }: Standing): ClusterView {
  return { self: name, members, running: saw };
}

function notRunning(): ClusterError {
  return new ClusterError('mnesia_not_running', 'mnesia_not_running');
}

function forgetOfStopped(node: ClusterNode, member: string): ClusterError {
  if (node.appState !== 'stopped')
    return new ClusterError('failed_to_remove_node', `${member} {:no_exists, :rabbit_durable_queue}`);
  const text =
    'You are trying to remove a node from an offline node. That is dangerous, but can be done with the --offline flag. ' +
    'Please consult the manual for rabbitmqctl for more information.';
  return new ClusterError('offline_node_no_offline_flag', text);
}
