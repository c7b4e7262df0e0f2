import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Field, FieldTable } from '../../../../lib/amqp/field-table';
import type { Binding } from '../../../../lib/broker/exchange/exchange';
import { HeadersType } from '../../../../lib/broker/exchange/headers';
import { TRANSIENT } from '../../../../lib/broker/traits';
import { canonical, fieldValue } from './fields';

const MODES = ['all', 'any', 'all-with-x', 'any-with-x'] as const;

const names = fc.constantFrom('a', 'b', 'x-a', 'x-match', 'A');
const headers = fc.dictionary(names, fieldValue, { maxKeys: 4 }).map((object): FieldTable => new Map(Object.entries(object)));
const args = fc.tuple(headers, fc.option(fc.constantFrom(...MODES), { nil: undefined })).map(([table, mode]): FieldTable => {
  const rest = [...table].filter(([key]) => key !== 'x-match');
  return new Map(mode === undefined ? rest : [['x-match', { kind: 'longstr', value: mode }], ...rest]);
});

/** The rule in one sentence each. */
function expected(binding: FieldTable, message: FieldTable): boolean {
  const mode = (binding.get('x-match')?.value ?? 'all') as string;
  const counts = ([key]: readonly [string, Field]): boolean =>
    key !== 'x-match' && (mode.endsWith('-with-x') || !key.startsWith('x-'));
  const equal = ([key, wanted]: readonly [string, Field]): boolean => {
    const present = message.get(key);
    return present !== undefined && (wanted.kind === 'void' || canonical(wanted) === canonical(present));
  };
  const wanted = [...binding].filter(counts);
  return mode.startsWith('all') ? wanted.every(equal) : wanted.some(equal);
}

function matched(type: HeadersType, message: FieldTable | null): Set<unknown> {
  const found = new Set<unknown>();
  type.route('ignored', { ...TRANSIENT, headers: message }, (target) => found.add(target));
  return found;
}

describe('HeadersType', () => {
  it('finds the bindings that the rule says, while bindings come and go', () => {
    const step = fc.record({ args, remove: fc.nat(), message: headers });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => {
        const type = new HeadersType();
        const bindings: Binding[] = [];
        for (const { args: table, remove, message } of steps) {
          const binding = { args: table, target: { table } } as unknown as Binding;
          type.check(table);
          type.add(binding);
          bindings.push(binding);
          if (remove % 3 === 0) type.remove(bindings.splice(remove % bindings.length, 1)[0] as Binding);
          const model = bindings.filter((each) => expected(each.args, message)).map((each) => each.target);
          assert.deepEqual(matched(type, message), new Set(model));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes a message without headers for one with none', () => {
    fc.assert(
      fc.property(args, (table) => {
        const type = new HeadersType();
        type.add({ args: table, target: {} } as unknown as Binding);
        assert.equal(matched(type, null).size, matched(type, new Map()).size);
        assert.equal(matched(type, null).size === 1, expected(table, new Map()));
      }),
    );
  });

  it('refuses every x-match but the four texts', () => {
    fc.assert(
      fc.property(fieldValue, (value) => {
        assert.throws(
          () => new HeadersType().check(new Map([['x-match', value]])),
          /^ProtocolError: PRECONDITION_FAILED - Invalid x-match field/,
        );
      }),
    );
  });
});
