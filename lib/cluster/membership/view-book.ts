/** The cluster as one node knows it, and has it written down. */
import { alone, type ClusterView } from './membership';
import type { NotePad } from './notes';
import { NO_NAMES, type Names, renamed } from './rename';

export class ViewBook {
  private present: ClusterView;
  private waitsForNobody: boolean;
  /** Written down, whether or not this node goes on under its old name. */
  private asked: Names;
  private paused: number;

  constructor(
    private readonly self: string,
    private readonly notes: NotePad,
  ) {
    const written = notes.read();
    this.asked = new Map(written?.renaming ?? []);
    this.present = renamed(written?.view ?? alone(self), this.renaming);
    this.waitsForNobody = written?.forced ?? false;
    this.paused = written?.pausedAt ?? 0;
  }

  get view(): ClusterView {
    return this.present;
  }

  /** The next start waits for nobody: `force_boot`, or a start under a new name (RabbitMQ). */
  get forced(): boolean {
    return this.waitsForNobody || this.renaming.size > 0;
  }

  /** Milliseconds since 1970 at which this node stopped its application itself; 0: it did not since that ran last. */
  get pausedAt(): number {
    return this.paused;
  }

  /** Nodes were renamed, and this one has not started since. */
  get isRenamed(): boolean {
    return this.asked.size > 0;
  }

  /** Old names to those that hold from this start on; none where the node starts under its old name, which takes them back. */
  get renaming(): Names {
    return this.asked.has(this.self) ? NO_NAMES : this.asked;
  }

  /** Members but the node itself, in the order of the list. */
  get others(): readonly string[] {
    const { members, self } = this.present;
    return members.map(({ name }) => name).filter((name) => name !== self);
  }

  /** In the order of the list. */
  inOrder(names: readonly string[]): readonly string[] {
    return this.present.members.map(({ name }) => name).filter((name) => names.includes(name));
  }

  write(view: ClusterView, forced: boolean = this.waitsForNobody): void {
    this.present = view;
    this.waitsForNobody = forced;
    const { asked, paused } = this;
    const renaming = asked.size === 0 ? {} : { renaming: [...asked] };
    this.notes.write({ view, forced, ...renaming, ...(paused === 0 ? {} : { pausedAt: paused }) });
  }

  /** The application is stopped by the node itself; 0: it runs. */
  pauses(at: number): void {
    if (at === this.paused) return;
    this.paused = at;
    this.write(this.present);
  }

  /** At the next start. */
  rename(names: Names): void {
    this.asked = names;
    this.write(this.present);
  }

  /** The node has started, under whichever name, and sees these running. */
  begun(running: readonly string[]): void {
    this.asked = NO_NAMES;
    this.write({ ...this.present, running }, false);
  }

  /** Not written down yet: until this node is let in, what it had written before is what counts. */
  foresee(view: ClusterView): void {
    this.present = view;
  }
}
