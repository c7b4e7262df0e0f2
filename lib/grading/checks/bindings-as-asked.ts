/** Bindings as asked: the broker routes as the drawing says, no way is missing, and none is too many. */
import type { BindingSnapshot, Snapshot } from '../../trace/snapshot';

/** A binding as an exercise asks for it; to a queue unless it says otherwise. */
export interface AskedBinding {
  readonly source: string;
  readonly destination: string;
  readonly routingKey?: string;
  readonly toQueue?: boolean;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

export interface BindingDifference {
  readonly missing: readonly AskedBinding[];
  readonly extra: readonly BindingSnapshot[];
}

/** The default exchange's bindings, which every queue has, do not count. */
export function bindingDifference({ bindings }: Pick<Snapshot, 'bindings'>, asked: readonly AskedBinding[]): BindingDifference {
  const made = bindings.filter(({ source }) => source !== '');
  const wanted = new Set(asked.map(identity));
  const there = new Set(made.map(identity));
  return {
    missing: asked.filter((binding) => !there.has(identity(binding))),
    extra: made.filter((binding) => !wanted.has(identity(binding))),
  };
}

function identity(binding: AskedBinding | BindingSnapshot): string {
  const { source, destination, routingKey = '', toQueue = true, arguments: more = {} } = binding;
  const sorted = Object.entries(more).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([source, destination, routingKey, toQueue, sorted]);
}
