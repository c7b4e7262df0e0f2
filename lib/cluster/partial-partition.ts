/**
 * Two members that lose each other while a third still reaches both. Definitions cannot be kept alike then, for they disagree
 * about who runs; so, as RabbitMQ does, the loss is made a whole one: one of the two leaves the third as well.
 */
import type { World } from '../world/world';
import { ClusterError } from './membership';
import type { Neighbours } from './neighbours';

interface PartialHost {
  readonly self: string;
  readonly world: World;
  readonly neighbours: Neighbours;
  /** Members that run, as this node sees them; none while its own application does not. */
  running(): readonly string[];
}

/** Milliseconds until it is asked whether others still reach who was lost: most often they have lost it, too. */
const LOOK = 1000;

export class PartialPartitions {
  constructor(private readonly host: PartialHost) {
    const { neighbours } = host;
    neighbours.handle('reaches', (_from, { name }, reply) => {
      const lost = new ClusterError('nodedown', `${String(name)} is not linked`);
      if (neighbours.standing(name as string) === null) reply(lost);
      else neighbours.ask(name as string, 'hello', {}, (error) => reply(error === null ? {} : lost));
    });
  }

  lost(name: string): void {
    const { self, world } = this.host;
    // One of the two is enough.
    if (self > name) world.clock.after(LOOK, () => this.look(name));
  }

  private look(name: string): void {
    const { self, world, neighbours, running } = this.host;
    for (const other of running()) {
      if (other === self || other === name) continue;
      neighbours.ask(other, 'reaches', { name }, (error) => {
        if (error !== null || neighbours.standing(name) !== null || !running().includes(other)) return;
        const text = `Partial partition detected:\n * We saw DOWN from ${name}\n * We can still see ${other} which can see ${name}`;
        world.log.write('error', `${text}\nWe will therefore intentionally disconnect from ${other}`);
        neighbours.drop(other, 'partial partition');
      });
    }
  }
}
