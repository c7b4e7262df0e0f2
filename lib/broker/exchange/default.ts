/**
 * The default exchange: every queue is bound to it by its name, and nothing else can be (spec 2.1.2.1, 3.1.1). These bindings
 * are not kept anywhere; routing.ts asks the vhost's queues instead. As in RabbitMQ they count for publishing only: whoever
 * names it as alternate exchange reaches nothing.
 */
import type { ExchangeType } from './exchange';

export class DefaultType implements ExchangeType {
  readonly byKeyOnly = true;

  check(): void {}

  add(): void {
    throw new Error('nothing is ever bound to the default exchange');
  }

  remove(): void {
    throw new Error('nothing is ever bound to the default exchange');
  }

  route(): void {}
}
