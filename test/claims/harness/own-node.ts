/** A node apart from the one that all claims share: it may be stopped, killed and started again on what it left on disk. */
import { strict as assert } from 'node:assert';
import * as amqp from 'amqplib';
import type { ChannelModel } from 'amqplib';
import type { CommandResult } from '../../../lib/lab/api';
import { Lab } from '../../../lib/lab/lab';
import type { EngineName } from './engine';

export class OwnNode {
  readonly #connections: ChannelModel[] = [];

  private constructor(
    private readonly lab: Lab,
    private readonly engine: EngineName,
  ) {}

  static async start(engine: EngineName, name: string): Promise<OwnNode> {
    return new OwnNode(await Lab.start({ engine, name: `claims-${name}` }), engine);
  }

  /** It is left open, also while the node goes down. */
  async connect(vhost = '/', user = 'guest'): Promise<ChannelModel> {
    const where = { hostname: '127.0.0.1', port: this.lab.node().port, vhost: encodeURIComponent(vhost), heartbeat: 0 };
    const connection = await amqp.connect({ ...where, username: user, password: user });
    connection.on('error', () => undefined);
    this.#connections.push(connection);
    return connection;
  }

  ctl(...args: string[]): Promise<CommandResult> {
    const spaces = args.map((_, i) => (i === 0 ? 'rabbitmqctl ' : ' '));
    return this.lab.sh([...spaces, ''] as unknown as TemplateStringsArray, ...args);
  }

  /** Goes down, in order or by kill -9, and comes up again after `downMs` of broker time. */
  async restart(how: 'stop' | 'kill', downMs: number): Promise<void> {
    const node = this.lab.node();
    // RabbitMQ answers a declaration before its definitions are on disk; what a kill then takes is a matter of luck.
    if (how === 'kill' && this.engine === 'rabbitmq') assert.equal((await this.ctl('eval', 'mnesia:sync_log().')).exitCode, 0);
    await node[how]();
    await this.lab.clock.advance(downMs);
    await node.start();
  }

  async dispose(): Promise<void> {
    for (const connection of this.#connections) await connection.close().catch(() => undefined);
    await this.lab.stop();
  }
}
