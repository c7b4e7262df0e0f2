/** Fanout exchange: every binding, whatever the key (spec 3.1.3.2). */
import type { Binding, ExchangeType, Target } from './exchange';
import type { Traits } from '../traits';

export class FanoutType implements ExchangeType {
  readonly byKeyOnly = true;
  private readonly bindings = new Set<Binding>();

  check(): void {}

  add(binding: Binding): void {
    this.bindings.add(binding);
  }

  remove(binding: Binding): void {
    this.bindings.delete(binding);
  }

  route(_key: string, _traits: Traits, found: (target: Target) => void): void {
    for (const binding of this.bindings) found(binding.target);
  }
}
