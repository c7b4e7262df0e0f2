/** Mirrored queues as RabbitMQ 3.10.8 was measured when nodes go and come back. Unmodified amqplib, simulated cluster. */
import { strict as assert } from 'node:assert';
import type { ConfirmChannel } from 'amqplib';
import type { Json } from '../../../lib/broker/api';
import { consume, publish, type SimClients, sleep, texts, withCluster } from './sim-clients';

const ALL = { 'ha-mode': 'all' };
const AUTOMATIC = { ...ALL, 'ha-sync-mode': 'automatic' };
const TWO = ['a', 'b'];

/** `ha-q` at home on b with 100 messages, mirrored on a and synchronised. */
async function synchronised(clients: SimClients): Promise<ConfirmChannel> {
  clients.policy('a', AUTOMATIC);
  const b = await clients.open('b');
  await b.assertQueue('ha-q', { durable: true });
  await clients.settled('ha-q', 'b (a+)', TWO);
  assert.deepEqual(await publish(b, 'ha-q', 'base', 100), { acks: 100, nacks: 0 });
  return b;
}

/** `ha-q` at home on b with 107 messages, of which the mirror on a has the 7 newest. */
async function unsynchronised(clients: SimClients, policy: Record<string, Json> = {}): Promise<void> {
  const b = await clients.open('b');
  await b.assertQueue('ha-q', { durable: true });
  await publish(b, 'ha-q', 'base', 100);
  clients.policy('a', { ...ALL, ...policy });
  await clients.settled('ha-q', 'b (a-)', TWO);
  assert.deepEqual(await publish(b, 'ha-q', 'new', 7), { acks: 7, nacks: 0 });
}

async function content(clients: SimClients, node: string, count: number): Promise<string[]> {
  const channel = await clients.open(node);
  const { messageCount } = await channel.checkQueue('ha-q');
  assert.equal(messageCount, count);
  return consume(channel, 'ha-q', count);
}

describe('a mirrored queue', () => {
  it('goes on from a mirror when its home is killed: all messages, redelivered; publishes go on', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      await synchronised(clients);
      const a = await clients.open('a');
      clients.node('b').crash();
      await clients.settled('ha-q', 'a ()', ['a']);
      assert.deepEqual(await publish(a, 'ha-q', 'late', 1), { acks: 1, nacks: 0 });
      assert.deepEqual(await consume(a, 'ha-q', 101), [...texts('base', 100, '*'), 'late0']);
      await clients.start('b');
      await clients.settled('ha-q', 'a (b+)', TWO);
    };
    await withCluster(1, program, TWO);
  });

  it('S1a: mirror stops, home stops; home first: nothing lost, the mirror is synchronised again by itself', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      const b = await synchronised(clients);
      await clients.stop('a');
      await clients.settled('ha-q', 'b ()', ['b']);
      assert.deepEqual(await publish(b, 'ha-q', 'afterA', 20), { acks: 20, nacks: 0 });
      await clients.stop('b');
      await clients.start('b');
      assert.equal(clients.copies('b', 'ha-q'), 'b ()');
      await clients.start('a');
      await clients.settled('ha-q', 'b (a+)', TWO);
      assert.deepEqual(await content(clients, 'a', 120), [...texts('base', 100), ...texts('afterA', 20)]);
    };
    await withCluster(2, program, TWO);
  });

  it('S2: both killed at once, both started: home as before, everything there and redelivered, mirror synchronised', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      await synchronised(clients);
      clients.node('a').crash();
      clients.node('b').crash();
      await Promise.all([clients.start('a'), clients.start('b')]);
      await clients.settled('ha-q', 'b (a+)', TWO);
      assert.deepEqual(await content(clients, 'b', 100), texts('base', 100, '*'));
    };
    await withCluster(3, program, TWO);
  });

  it('S4a: mirror stops, home stops and is lost: forget --offline makes the mirror the home, with all messages', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      await synchronised(clients);
      await clients.stop('a');
      await clients.stop('b');
      await clients.forgetOffline('a', 'b');
      await clients.start('a');
      assert.equal(clients.copies('a', 'ha-q'), 'a ()');
      assert.deepEqual(await content(clients, 'a', 100), texts('base', 100, '*'));
    };
    await withCluster(4, program, TWO);
  });

  it('S4a with force_boot instead: the queue is down, and forgetting its home then deletes it', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      await synchronised(clients);
      await clients.stop('a');
      await clients.stop('b');
      await clients.node('a').commands.forceBoot();
      await clients.start('a');
      const text =
        "404 (NOT-FOUND) with message \"NOT_FOUND - home node 'b@localhost' of durable queue 'ha-q' in vhost '/' is down";
      await assert.rejects((await clients.open('a')).checkQueue('ha-q'), (error: Error) => error.message.includes(text));
      assert.equal(clients.queue('a', 'ha-q')?.state, 'down');
      await clients.node('a').commands.forget('b@localhost');
      await assert.rejects((await clients.open('a')).checkQueue('ha-q'), /NOT_FOUND - no queue 'ha-q'/);
    };
    await withCluster(5, program, TWO);
  });

  it('S4b: what came after the mirror had stopped is lost with the home', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      const b = await synchronised(clients);
      await clients.stop('a');
      await publish(b, 'ha-q', 'more', 20);
      await clients.stop('b');
      await clients.forgetOffline('a', 'b');
      await clients.start('a');
      assert.deepEqual(await content(clients, 'a', 100), texts('base', 100, '*'));
    };
    await withCluster(6, program, TWO);
  });

  it('S4c: forget --offline promotes a mirror that was never synchronised: 7 of 107', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      await unsynchronised(clients);
      await clients.stop('a');
      await clients.stop('b');
      await clients.forgetOffline('a', 'b');
      await clients.start('a');
      assert.deepEqual(await content(clients, 'a', 7), texts('new', 7, '*'));
    };
    await withCluster(7, program, TWO);
  });
});

describe('an unsynchronised mirror', () => {
  it('does not take the place of a home that stops: publishes are refused, questions wait until the home is back', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      await unsynchronised(clients);
      const a = await clients.open('a');
      await clients.stop('b');
      await sleep(1000);
      assert.equal(clients.queue('a', 'ha-q')?.state, 'stopped');
      assert.deepEqual(await publish(a, 'ha-q', 'refused', 3), { acks: 0, nacks: 3 });
      await a.bindQueue('ha-q', 'amq.direct', 'key');
      let answered = false;
      const asked = (await clients.open('a')).checkQueue('ha-q').finally(() => {
        answered = true;
      });
      await sleep(40000);
      assert.equal(answered, false);
      await clients.start('b');
      assert.equal((await asked).messageCount, 107);
      assert.deepEqual(await content(clients, 'a', 107), [...texts('base', 100), ...texts('new', 7)]);
    };
    await withCluster(11, program, TWO);
  });

  it('begins anew, empty, when the home that had stopped is forgotten', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      await unsynchronised(clients);
      await clients.stop('b');
      await sleep(1000);
      await clients.node('a').commands.forget('b@localhost');
      assert.equal(clients.copies('a', 'ha-q'), 'a ()');
      assert.equal((await (await clients.open('a')).checkQueue('ha-q')).messageCount, 0);
    };
    await withCluster(12, program, TWO);
  });

  it('takes the place of a home that is killed, with what it has; the home is a mirror later, without its messages', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      await unsynchronised(clients);
      clients.node('b').crash();
      await clients.settled('ha-q', 'a ()', ['a']);
      await clients.start('b');
      await clients.settled('ha-q', 'a (b-)', TWO);
      assert.deepEqual(await content(clients, 'b', 7), texts('new', 7, '*'));
      await clients.settled('ha-q', 'a (b+)', TWO);
    };
    await withCluster(13, program, TWO);
  });

  it('takes the place of a home that stops, with ha-promote-on-shutdown always', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      await unsynchronised(clients, { 'ha-promote-on-shutdown': 'always' });
      await clients.stop('b');
      await clients.settled('ha-q', 'a ()', ['a']);
      assert.deepEqual(await content(clients, 'a', 7), texts('new', 7, '*'));
    };
    await withCluster(14, program, TWO);
  });

  it('does not take the place of a home that is killed, with ha-promote-on-failure when-synced', async () => {
    const program = async (clients: SimClients): Promise<void> => {
      await unsynchronised(clients, { 'ha-promote-on-failure': 'when-synced' });
      const a = await clients.open('a');
      clients.node('b').crash();
      await sleep(2000);
      assert.deepEqual(await publish(a, 'ha-q', 'refused', 1), { acks: 0, nacks: 1 });
      await clients.start('b');
      assert.deepEqual(await content(clients, 'b', 107), [...texts('base', 100, '*'), ...texts('new', 7, '*')]);
    };
    await withCluster(15, program, TWO);
  });
});
