/** Warren in a lab, on a clock that can be wound, as an {@link Engine}. */
import { createBroker } from '../../../lib/broker/broker';
import type { Permission } from '../../../lib/broker/api';
import { LiveWorld } from '../../../lib/world/live';
import type { Network, World } from '../../../lib/world/world';
import type { Engine } from './engine';
import { LabEngine } from './lab-engine';
import { WireClient } from './wire-client';

export class WarrenEngine extends LabEngine implements Engine {
  readonly name = 'warren';
  /** A check that winds the clock would age the messages of all others. */
  readonly concurrency = 1;

  static async start(): Promise<WarrenEngine> {
    return new WarrenEngine(await LabEngine.startLab('warren'));
  }

  async addVhosts(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.command('add_vhost', name);
      await this.command('set_permissions', '-p', name, 'guest', '.*', '.*', '.*');
    }
  }

  async addUser(name: string, password: string, tags: readonly string[]): Promise<void> {
    await this.command('add_user', name, password);
    if (tags.length > 0) await this.command('set_user_tags', name, ...tags);
  }

  async setPermissions(vhost: string, user: string, { configure, write, read }: Permission): Promise<void> {
    await this.command('set_permissions', '-p', vhost, user, configure, write, read);
  }

  /** Tries it, on a broker of its own whose network says that every client comes from `host`. */
  async mayLogInFrom(user: string, host: string): Promise<boolean> {
    const world = worldWherePeersAre(host);
    const broker = createBroker(world, { nodeName: 'loopback' });
    if (user !== 'guest') broker.access.addUser(user, user);
    const port = await new Promise<number>((resolve, reject) => {
      broker.listen({ host: '127.0.0.1', port: 0 }, (error, bound) => (bound === null ? reject(error) : resolve(bound.port)));
    });
    const client = await WireClient.connect({ port, user, password: user, upTo: 'start-ok' });
    const answer = await client.next(0);
    broker.kill();
    return answer?.name === 'connection.tune';
  }

  async setAlarm(resource: 'memory' | 'disk', on: boolean): Promise<void> {
    await this.lab.node().alarm(resource, on);
  }

  async advance(ms: number): Promise<void> {
    await this.lab.clock.advance(ms);
  }

  settled(): Promise<void> {
    return this.lab.settled();
  }
}

function worldWherePeersAre(host: string): World {
  const { clock, random, net, turn, log } = new LiveWorld();
  const lying: Network = {
    dial: (to, handler) => net.dial(to, handler),
    listen: (at, accept, ready) =>
      net.listen(at, (link) => accept(Object.create(link, { peer: { value: { host, port: 5 } } })), ready),
  };
  return { clock, random, net: lying, turn, log };
}
