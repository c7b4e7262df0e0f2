/**
 * Two members that lose each other while a third still reaches both. Definitions cannot be kept alike then, for they disagree
 * about who runs; so, as RabbitMQ does, the loss is made a whole one: one of the two leaves the third as well.
 * With pause_minority it also stops, until it reaches all members.
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
  /** Stops until all members are reached, if that is how partitions are handled here. False if it is not. */
  pause(): boolean;
}

/** Milliseconds until it is asked whether others still reach who was lost: most often they have lost it, too. */
const LOOK = 1000;

export class PartialPartitions {
  constructor(private readonly host: PartialHost) {
    const { neighbours, running } = host;
    neighbours.handle('reaches', (_from, { name }, reply) => {
      const lost = new ClusterError('nodedown', `${String(name)} does not run here`);
      if (!running().includes(name as string)) reply(lost);
      else neighbours.ask(name as string, 'hello', {}, (error) => reply(error === null ? {} : lost));
    });
  }

  /** It cannot be reached, or runs on without having been let in here. */
  lost(name: string): void {
    const { self, world } = this.host;
    // One of the two is enough.
    if (self > name) world.clock.after(LOOK, () => this.look(name));
  }

  private look(name: string): void {
    const { self, world, neighbours, running, pause } = this.host;
    if (running().includes(name)) return;
    for (const other of running()) {
      if (other === self || other === name) continue;
      neighbours.ask(other, 'reaches', { name }, (error) => {
        if (error !== null || running().includes(name) || !running().includes(other)) return;
        const seen = ` * We saw DOWN from ${name}\n * We can still see ${other} which can see ${name}`;
        const text = `Partial partition detected:\n${seen}`;
        const then = pause() ? 'pause until the *entire* cluster recovers' : `intentionally disconnect from ${other}`;
        world.log.write('error', `${text}\nWe will therefore ${then}`);
        // Also before a pause: whoever does not agree about who runs would wait for a turn in vain.
        neighbours.drop(other, 'partial partition');
      });
    }
  }
}
