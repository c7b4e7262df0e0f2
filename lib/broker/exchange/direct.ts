/** Direct exchange: the routing key equals the binding key (spec 3.1.3.1). */
import type { Binding, ExchangeType, Target } from './exchange';
import type { Traits } from '../traits';

export class DirectType implements ExchangeType {
  readonly byKeyOnly = true;
  private readonly byKey = new Map<string, Set<Binding>>();

  check(): void {}

  add(binding: Binding): void {
    const same = this.byKey.get(binding.routingKey);
    if (same === undefined) this.byKey.set(binding.routingKey, new Set([binding]));
    else same.add(binding);
  }

  remove(binding: Binding): void {
    const same = this.byKey.get(binding.routingKey);
    same?.delete(binding);
    if (same?.size === 0) this.byKey.delete(binding.routingKey);
  }

  route(key: string, _traits: Traits, found: (target: Target) => void): void {
    for (const binding of this.byKey.get(key) ?? []) found(binding.target);
  }
}
