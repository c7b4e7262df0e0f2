/** How a node that starts is let in by a running member: its side of what guests.ts describes. */
import type { Application } from '../application';
import { readWelcome, type Welcome } from './guests';
import type { Neighbours } from '../links/neighbours';
import type { ViewBook } from './view-book';

export interface EntranceHost {
  readonly self: string;
  readonly book: ViewBook;
  readonly neighbours: Neighbours;
  /** Builds the application on these definitions. Calls `made` once it is there, or never if it cannot be. */
  make(welcome: Welcome, made: (app: Application) => void): void;
  /** There is no way in, for now. */
  failed(): void;
}

export class Entrance {
  private over = false;

  /** `life`: the number of the life that begins; `from`: the member that is asked. */
  constructor(
    private readonly host: EntranceHost,
    private readonly life: number,
    readonly from: string,
  ) {}

  begin(): void {
    const { neighbours, self } = this.host;
    const others = neighbours.standing(this.from)?.saw.filter((name) => name !== self) ?? [];
    // Whoever runs must know of this node when it is to run, too.
    neighbours.reach(others, () => {
      if (this.over) return;
      neighbours.ask(this.from, 'enter', { life: this.life }, (error, answer, body) => {
        if (this.over) return;
        if (error !== null) this.fail();
        else this.welcomed(readWelcome(answer, body));
      });
    });
  }

  /** Nothing happens here any more: the node runs, or begins anew. */
  end(): void {
    this.over = true;
  }

  /** The member is gone. */
  fail(): void {
    if (this.over) return;
    this.over = true;
    this.host.failed();
  }

  private welcomed(welcome: Welcome): void {
    const { self, book, neighbours, make } = this.host;
    const others = welcome.running.filter((name) => name !== self);
    if (others.some((name) => neighbours.standing(name) === null)) {
      this.fail();
      return;
    }
    make(welcome, (app) => {
      book.foresee({ self, members: welcome.members, running: book.view.running });
      app.enter(book.inOrder([...others, self]), welcome.turns);
      app.ground.storage.afterSync(() => {
        if (this.over) return;
        neighbours.ask(this.from, 'copied', { life: this.life }, (error) => {
          if (error !== null) this.fail();
        });
      });
    });
  }
}
