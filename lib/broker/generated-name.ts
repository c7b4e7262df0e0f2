/** Names the server gives: `amq.gen-` and `amq.ctag-` with 16 random octets in URL-safe base 64, as RabbitMQ writes them. */
import type { Random } from '../world/world';

export function generatedName(prefix: 'amq.gen' | 'amq.ctag', random: Random): string {
  return `${prefix}-${Buffer.from(random.bytes(16)).toString('base64url')}`;
}
