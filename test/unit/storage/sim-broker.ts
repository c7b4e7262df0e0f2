/** A broker with a disk, all of it simulated, and clients that speak AMQP in frames. */
import type { Method } from '../../../lib/amqp/methods';
import { createBroker, type Broker } from '../../../lib/broker/broker';
import { openLogStorage } from '../../../lib/storage/log-storage';
import { SimWorld } from '../../../lib/world/sim';
import { SimDisk } from '../../../lib/world/sim-disk';
import { RawClient } from '../../simulation/storage/raw-client';

export class SimBroker {
  readonly world: SimWorld;
  readonly disk: SimDisk;
  broker!: Broker;

  constructor(seed: number) {
    this.world = new SimWorld(seed);
    this.disk = new SimDisk(seed, { syncMs: 20 });
    this.start();
  }

  start(): void {
    const host = this.world.host('node');
    const failed = (error: Error): never => {
      throw error;
    };
    const storage = openLogStorage(host, this.disk.mount(host), { failed });
    this.broker = createBroker(host, { nodeName: 'node', storage, users: [{ name: 'guest', password: 'guest' }] });
    let listening = false;
    this.broker.listen({ host: '0.0.0.0', port: 5672 }, () => {
      listening = true;
    });
    this.world.runUntil(() => listening);
  }

  /** A client with one channel. */
  client(): SimClient {
    const client = new SimClient(this);
    this.world.runUntil(() => client.raw.ready);
    return client;
  }

  /** The power goes and comes back; unsynced writes may be lost. */
  crash(clients: readonly SimClient[]): void {
    this.world.crash('node');
    this.disk.crash('machine');
    for (const { raw } of clients) raw.abort();
    this.start();
  }
}

export class SimClient {
  readonly raw: RawClient;
  /** What the broker said, in order. */
  readonly heard: Method['name'][] = [];

  constructor(private readonly node: SimBroker) {
    this.raw = new RawClient(node.world.host('client'), 'node', 1, (_, { name }) => void this.heard.push(name));
  }

  /** Runs until the broker has said this. */
  untilTold(name: Method['name']): void {
    this.node.world.runUntil(() => this.heard.includes(name));
  }
}
