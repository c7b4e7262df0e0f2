/**
 * Headers exchange (spec 3.1.3.4, RabbitMQ's meaning). `x-match` is `all` (default), `any`, `all-with-x`, `any-with-x`. Keys that
 * begin with `x-` count only for the latter two. A binding value of type void asks for the header's presence alone; other
 * values are compared as Erlang does, without regard to their numeric type.
 */
import type { Field, FieldTable } from '../../amqp/field-table';
import { equalTerms, printedTerm } from '../erlang-term';
import { preconditionFailed } from '../errors';
import type { Traits } from '../traits';
import type { Binding, ExchangeType, Target } from './exchange';

interface Pattern {
  readonly all: boolean;
  readonly wanted: ReadonlyArray<readonly [string, Field]>;
}

const MODES: Readonly<Record<string, { all: boolean; withX: boolean }>> = {
  all: { all: true, withX: false },
  any: { all: false, withX: false },
  'all-with-x': { all: true, withX: true },
  'any-with-x': { all: false, withX: true },
};

export class HeadersType implements ExchangeType {
  readonly byKeyOnly = false;
  private readonly patterns = new Map<Binding, Pattern>();

  check(args: FieldTable): void {
    const match = args.get('x-match');
    if (match === undefined) return;
    if (match.kind !== 'longstr') {
      throw preconditionFailed(`Invalid x-match field type ${match.kind} (value ${printedTerm(match)}); expected longstr`);
    }
    if (!Object.hasOwn(MODES, match.value as string)) {
      throw preconditionFailed(`Invalid x-match field value ${printedTerm(match)}; expected all, any, all-with-x, or any-with-x`);
    }
  }

  add(binding: Binding): void {
    this.patterns.set(binding, patternOf(binding.args));
  }

  remove(binding: Binding): void {
    this.patterns.delete(binding);
  }

  route(_key: string, traits: Traits, found: (target: Target) => void): void {
    for (const [binding, pattern] of this.patterns) if (matches(pattern, traits.headers)) found(binding.target);
  }
}

function patternOf(args: FieldTable): Pattern {
  const mode = MODES[(args.get('x-match')?.value as string | undefined) ?? 'all'] as { all: boolean; withX: boolean };
  const wanted = [...args].filter(([key]) => key !== 'x-match' && (mode.withX || !key.startsWith('x-')));
  return { all: mode.all, wanted };
}

/** `all` of nothing holds, `any` of nothing does not. */
function matches(pattern: Pattern, headers: FieldTable | null): boolean {
  const holds = ([key, wanted]: readonly [string, Field]): boolean => {
    const present = headers?.get(key);
    return present !== undefined && (wanted.kind === 'void' || equalTerms(wanted, present));
  };
  return pattern.all ? pattern.wanted.every(holds) : pattern.wanted.some(holds);
}
