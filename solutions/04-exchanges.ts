/**
 * Answers to notebook 04, with their reasons. Each function can take the place of the one in the exercise's cell.
 */
import type amqp from 'amqplib';

/**
 * Exercise 1. `*` is exactly one word, so three words are asked for and the last is fixed. `#.error` would also take `error`
 * and `de.error`, and `de.payment.card.error` with four words.
 */
export async function bindAlerts(channel: amqp.Channel): Promise<void> {
  await channel.bindQueue('alerts', 'logs', '*.*.error');
}

/**
 * Exercise 2. A fanout ignores the keys of its bindings, but passes the message on with its routing key. So the choice is made
 * one step later, by a topic exchange of one's own. It is internal: it has one way in.
 */
export async function addArchive(channel: amqp.Channel): Promise<void> {
  await channel.assertQueue('archive');
  await channel.assertExchange('archive.by-topic', 'topic', { internal: true });
  await channel.bindExchange('archive.by-topic', 'events', '');
  await channel.bindQueue('archive', 'archive.by-topic', 'order.#');
}

/**
 * Exercise 3. An alternate exchange is asked when its own exchange finds nothing at all. So each decision needs an exchange
 * to itself, and `audit`, which takes everything, must stand before all of them:
 *
 *     shop ──┬── audit
 *            └── shop.noise ── debug.# ──► shop.nowhere      (no queue: counts as taken, and ends there)
 *                    │ if unrouted
 *                    ▼
 *                shop.choice ─┬── payment.# ──► payments
 *                    │        └── #.failed ───► alerts
 *                    │ if unrouted
 *                    ▼
 *                shop.rest ────────────────────► unclaimed
 *
 * A binding cannot say "but not", and an alternate exchange can: what `shop.noise` takes never reaches `shop.choice`. Nothing
 * comes back, since `audit` has every message.
 */
export async function buildShop(channel: amqp.Channel): Promise<void> {
  for (const queue of ['audit', 'payments', 'alerts', 'unclaimed']) await channel.assertQueue(queue);
  const inside = { internal: true };
  await channel.assertExchange('shop', 'fanout');
  await channel.assertExchange('shop.noise', 'topic', { ...inside, alternateExchange: 'shop.choice' });
  await channel.assertExchange('shop.nowhere', 'fanout', inside);
  await channel.assertExchange('shop.choice', 'topic', { ...inside, alternateExchange: 'shop.rest' });
  await channel.assertExchange('shop.rest', 'fanout', inside);

  await channel.bindQueue('audit', 'shop', '');
  await channel.bindExchange('shop.noise', 'shop', '');
  await channel.bindExchange('shop.nowhere', 'shop.noise', 'debug.#');
  await channel.bindQueue('payments', 'shop.choice', 'payment.#');
  await channel.bindQueue('alerts', 'shop.choice', '#.failed');
  await channel.bindQueue('unclaimed', 'shop.rest', '');
}
