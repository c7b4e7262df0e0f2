/** A node's side of a quorum queue, alone: what it asks the leader, and in which order. */
import { strict as assert } from 'node:assert';
import { decodeCommand } from '../../../lib/cluster/quorum/machine/command-codec';
import { QuorumClient } from '../../../lib/cluster/quorum/quorum-client';
import type { ItemOf } from '../../../lib/cluster/quorum/quorum-wire';
import { SimWorld } from '../../../lib/world/sim';
import { messageOf } from '../broker/messages';

class Table {
  readonly sent: ItemOf<'request'>[] = [];
  readonly sim = new SimWorld(1);
  hasMajority = true;
  running = ['a@localhost', 'b@localhost'];
  readonly client: QuorumClient;

  constructor() {
    const table = this;
    this.client = new QuorumClient({
      self: 'a@localhost',
      world: this.sim.host('a'),
      lastLeader: 'b@localhost',
      get hasMajority() {
        return table.hasMajority;
      },
      get running() {
        return table.running;
      },
      send: (_to, item) => this.sent.push(item as ItemOf<'request'>),
      led: () => undefined,
      // As its consumers do: they ask for something at once.
      sessionLost: () => this.client.request(() => ({ type: 'purge' })),
    });
    this.client.leads('b@localhost', 1);
  }

  /** Sizes of the bodies of all messages that were sent since, in order. */
  takeSizes(): number[][] {
    return this.sent.splice(0).flatMap(({ command }) => {
      const { command: known } = decodeCommand(command);
      if (known.type !== 'enqueue') return [];
      const cursor = known.messages.cursor();
      return [
        Array.from({ length: known.messages.count }, () => {
          cursor.next();
          return cursor.bodySize;
        }),
      ];
    });
  }

  publish(...sizes: number[]): void {
    for (const size of sizes) this.client.publish(messageOf({}, size), false);
  }
}

describe('the client of a quorum queue', () => {
  it('sends what a turn publishes as one command', () => {
    const table = new Table();
    table.publish(1, 2);
    table.sim.runFor(1);
    table.client.opened(table.client.key, 7, false);
    table.publish(3, 4, 5);
    table.sim.runFor(1);
    assert.deepEqual(table.takeSizes(), [
      [1, 2],
      [3, 4, 5],
    ]);
  });

  it('publishes everything again in order, under another session, when its own is not open any more', () => {
    const table = new Table();
    table.publish(1);
    table.sim.runFor(1);
    table.client.opened(table.client.key, 7, false);
    table.publish(2);
    table.sim.runFor(1);
    table.publish(3);
    table.takeSizes();
    table.client.missed();
    table.client.opened(table.client.key, 9, false);
    table.sim.runFor(1);
    assert.deepEqual(table.takeSizes(), [[1], [2], [3]]);
  });

  it('closes sessions of other lives of its node, and not the one that it is opening', () => {
    const table = new Table();
    table.publish(1);
    table.sim.runFor(1);
    table.sent.length = 0;
    const { key } = table.client;
    table.client.recheck([
      { number: 7, key },
      { number: 5, key: 'another' },
    ]);
    table.client.opened(key, 7, false);
    table.client.recheck([{ number: 7, key }]);
    const closed = table.sent.flatMap(({ command }) => {
      const known = decodeCommand(command).command;
      return known.type === 'close' ? [known.session] : [];
    });
    assert.deepEqual(closed, [5]);
  });

  it('refuses whoever has not published before where there is no majority and the last leader is down', () => {
    const table = new Table();
    const { client } = table;
    const [old, young] = [{}, {}];
    assert.equal(client.refuses(old), false);
    client.leaderLost('b@localhost');
    table.hasMajority = false;
    assert.equal(client.refuses({}), false);
    table.running = ['a@localhost'];
    assert.deepEqual([client.refuses(young), client.refuses(young), client.refuses(old)], [true, true, false]);
    client.leads('c@localhost', 2);
    assert.equal(client.refuses(young), false);
    client.leaderLost('c@localhost');
    assert.equal(client.refuses(young), false);
  });

  it('keeps publishers waiting until enough is done, or a leader is there', () => {
    const table = new Table();
    const { client } = table;
    let relieved = 0;
    client.opened(client.key, 7, false);
    table.publish(...Array.from({ length: 1000 }, () => 1));
    table.sim.runFor(1);
    assert.equal(client.congested, false);
    client.leaderLost('b@localhost');
    assert.equal(client.congested, true);
    client.whenRelieved(() => relieved++);
    assert.equal(relieved, 0);
    client.leads('c@localhost', 2);
    assert.equal(relieved, 1);
    table.publish(...Array.from({ length: 10_000 }, () => 1));
    assert.equal(client.congested, true);
    client.whenRelieved(() => relieved++);
    table.sim.runFor(1);
    client.applied((table.sent.at(-1) as ItemOf<'request'>).number);
    assert.deepEqual([client.congested, relieved, client.outstanding.messages], [false, 2, 0]);
  });
});
