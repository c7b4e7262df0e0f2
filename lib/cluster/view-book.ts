/** The cluster as one node knows it, and has it written down. */
import { alone, type ClusterView } from './membership';
import type { NotePad } from './notes';

export class ViewBook {
  private present: ClusterView;
  private waitsForNobody: boolean;

  constructor(
    self: string,
    private readonly notes: NotePad,
  ) {
    const written = notes.read();
    this.present = written?.view ?? alone(self);
    this.waitsForNobody = written?.forced ?? false;
  }

  get view(): ClusterView {
    return this.present;
  }

  /** `force_boot`: the next start waits for nobody. */
  get forced(): boolean {
    return this.waitsForNobody;
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
    this.notes.write({ view, forced });
  }

  /** Not written down yet: until this node is let in, what it had written before is what counts. */
  foresee(view: ClusterView): void {
    this.present = view;
  }
}
