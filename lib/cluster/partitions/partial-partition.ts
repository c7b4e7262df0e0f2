/**
 * Two members that lose each other while a third still reaches both. Definitions cannot be kept alike then, for they disagree
 * about who runs. As in RabbitMQ, with pause_minority both stop until they reach all members. Otherwise the loss is made a whole
 * one: one of the two leaves the third as well.
 */
import type { World } from '../../world/world';
import { ClusterError } from '../membership/membership';
import type { Neighbours } from '../links/neighbours';
import type { PartitionHandler } from './partition-handling';

interface PartialHost {
  readonly self: string;
  readonly world: World;
  readonly neighbours: Neighbours;
  /** Members that run, as this node sees them; none while its own application does not. */
  running(): readonly string[];
  readonly handler: Pick<PartitionHandler, 'pauses' | 'pauseForAll'>;
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
    const { self, world, handler } = this.host;
    // Before the two meet again, as if nothing had happened.
    if (handler.pauses) this.look(name);
    // One of the two is enough.
    else if (self > name) world.clock.after(LOOK, () => this.look(name));
  }

  private look(name: string): void {
    const { self, neighbours, running } = this.host;
    if (running().includes(name)) return;
    for (const other of running()) {
      if (other === self || other === name) continue;
      neighbours.ask(other, 'reaches', { name }, (error) => {
        if (error === null && !running().includes(name) && running().includes(other)) this.detected(name, other);
      });
    }
  }

  private detected(name: string, other: string): void {
    const { world, neighbours, handler } = this.host;
    const seen = ` * We saw DOWN from ${name}\n * We can still see ${other} which can see ${name}`;
    const then = handler.pauses ? 'pause until the *entire* cluster recovers' : `intentionally disconnect from ${other}`;
    world.log.write('error', `Partial partition detected:\n${seen}\nWe will therefore ${then}`);
    if (handler.pauses) handler.pauseForAll();
    else neighbours.drop(other, 'partial partition');
  }
}
