/**
 * How a running member lets another one in, whose application starts. Both sides of it:
 *
 *   newcomer                       host, in a turn of its own: nobody changes anything meanwhile
 *   enter (life)            ──▶
 *                           ◀──    all definitions, members, who runs
 *   (has them on disk) copied ──▶  all others: runs (name, life)
 *                           ◀──    runs, once all others know: serves from now on
 *
 * If the host goes in between, the newcomer tells all that its life is over, and begins another: who has heard of the old one
 * forgets it, who hears of it later takes no notice.
 */
import type { DefinitionChange } from '../../broker/catalogue';
import type { Fields, Reply } from '../calls';
import { type Definitions, type EndTurn, membershipChange } from '../metadata/definitions';
import { ClusterError, type ClusterView, isMember, type Member } from './membership';
import type { Standing } from '../links/neighbours';

/** What a newcomer is given. */
export interface Welcome {
  readonly members: readonly Member[];
  /** The host among them. */
  readonly running: readonly string[];
  readonly turns: Readonly<Record<string, number>>;
  readonly definitions: readonly DefinitionChange[];
}

export interface HostingNode {
  view(): ClusterView;
  /** Null while the application does not run. */
  definitions(): Definitions | null;
  running(): readonly string[];
  standing(name: string): Standing | null;
  /** The newcomer counts as running here. */
  admit(name: string): void;
}

interface Guest {
  readonly life: number;
  readonly end: EndTurn;
}

export class Guests {
  private readonly inside = new Map<string, Guest>();

  constructor(private readonly node: HostingNode) {}

  /** The question `enter`. */
  enter(name: string, { life }: Fields, reply: Reply): void {
    const definitions = this.node.definitions();
    if (definitions === null) reply(new ClusterError('not_running', 'the application does not run'));
    else if (!isMember(this.node.view(), name)) reply(new ClusterError('inconsistent_cluster', `${name} is no member`));
    else {
      definitions.hold(
        (end) => this.welcome(name, life as number, definitions, end, reply),
        () => undefined,
      );
    }
  }

  /** The question `copied`. */
  copied(name: string, { life }: Fields, reply: Reply): void {
    const guest = this.inside.get(name);
    if (guest === undefined || guest.life !== life) {
      reply(new ClusterError('not_running', 'the turn is over'));
      return;
    }
    this.inside.delete(name);
    reply({});
    this.node.admit(name);
    guest.end([membershipChange({ kind: 'runs', name, value: guest.life })], name);
  }

  /** Its standing has changed; null: it cannot be reached. */
  told(name: string, standing: Standing | null): void {
    const guest = this.inside.get(name);
    if (guest === undefined || isGuest(standing, guest.life)) return;
    this.inside.delete(name);
    guest.end([], null);
  }

  /** The application stops. */
  clear(): void {
    this.inside.clear();
  }

  private welcome(name: string, life: number, definitions: Definitions, end: EndTurn, reply: Reply): void {
    const { node } = this;
    if (!isGuest(node.standing(name), life)) {
      end([], null);
      return;
    }
    this.inside.set(name, { life, end });
    const copy = definitions.copy();
    reply({ members: node.view().members, running: node.running(), turns: copy.turns }, encode(copy.definitions));
  }
}

function isGuest(standing: Standing | null, life: number): boolean {
  return standing?.state === 'enters' && standing.life === life;
}

function encode(definitions: readonly DefinitionChange[]): Buffer {
  return Buffer.from(JSON.stringify(definitions), 'utf8');
}

export function readWelcome(answer: Fields, body: Buffer): Welcome {
  const { members, running, turns } = answer as unknown as Welcome;
  return { members, running, turns, definitions: JSON.parse(body.toString('utf8')) as DefinitionChange[] };
}
