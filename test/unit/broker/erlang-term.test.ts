import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Field } from '../../../lib/amqp/field-table';
import { equalTerms, printedTerm, shownTerm } from '../../../lib/broker/erlang-term';
import { canonical, fieldValue } from './exchange/fields';

const double = (value: number): Field => ({ kind: 'double', value });
const text = (value: string): Field => ({ kind: 'longstr', value });
const binary = (...bytes: number[]): Field => ({ kind: 'binary', value: Buffer.from(bytes) });

/** Read off RabbitMQ 3.10.8. */
const PRINTED: readonly (readonly [Field, string])[] = [
  [double(0), '0.0'],
  [double(-0), '-0.0'],
  [double(-1), '-1.0'],
  [double(100), '100.0'],
  [double(1000), '1.0e3'],
  [double(1500), '1.5e3'],
  [double(123456), '123456.0'],
  [double(1234500000), '1.2345e9'],
  [double(1e15), '1.0e15'],
  [double(9007199254740991), '9007199254740991.0'],
  [double(9007199254740992), '9.007199254740992e15'],
  [double(12345678901234567000), '1.2345678901234567e19'],
  [double(1e308), '1.0e308'],
  [double(5e-324), '5.0e-324'],
  [double(0.0001), '0.0001'],
  [double(0.00012), '1.2e-4'],
  [double(0.001), '0.001'],
  [double(1e-7), '1.0e-7'],
  [double(123.456), '123.456'],
  [double(1234567.125), '1234567.125'],
  [{ kind: 'float', value: Math.fround(0.1) }, '0.10000000149011612'],
  [{ kind: 'decimal', value: { scale: 2, unscaled: 314 } }, '{2,314}'],
  [{ kind: 'timestamp', value: 1234567890 }, '1234567890'],
  [{ kind: 'long', value: 9007199254740993n }, '9007199254740993'],
  [{ kind: 'bool', value: true }, 'true'],
  [{ kind: 'void', value: null }, 'undefined'],
  [text(''), '<<>>'],
  [text('a"b\\c\n'), '<<"a\\"b\\\\c\\n">>'],
  [text('ü'), '<<"ü">>'],
  [text('Ö'), '<<195,150>>'],
  [binary(97, 1), '<<97,1>>'],
  [binary(9, 10, 13, 11, 8, 12, 27, 34, 92), '<<"\\t\\n\\r\\v\\b\\f\\e\\"\\\\">>'],
  [{ kind: 'array', value: [] }, '[]'],
  [{ kind: 'table', value: new Map() }, '[]'],
  [{ kind: 'array', value: [{ kind: 'byte', value: 1 }, text('a')] }, '[{byte,1},{longstr,<<"a">>}]'],
  [{ kind: 'table', value: new Map([['a', text('ü')]]) }, '[{<<"a">>,longstr,<<"ü">>}]'],
];

describe('Erlang terms', () => {
  for (const [field, printed] of PRINTED) {
    it(`prints a ${field.kind} as ${JSON.stringify(printed)}`, () => assert.equal(printedTerm(field), printed));
  }

  it('shows texts as they are, and the rest as printed', () => {
    assert.equal(shownTerm(text('a"b')), 'a"b');
    assert.equal(shownTerm(binary(97, 98)), 'ab');
    assert.equal(shownTerm(double(5)), '5.0');
    assert.equal(shownTerm({ kind: 'array', value: [text('a')] }), '[{longstr,<<"a">>}]');
  });

  it('compares as Erlang does', () => {
    fc.assert(
      fc.property(fieldValue, fieldValue, (a, b) => {
        assert.equal(equalTerms(a, b), canonical(a) === canonical(b));
        assert.equal(equalTerms(b, a), equalTerms(a, b));
        assert.equal(equalTerms(a, a), true);
      }),
      { numRuns: 2000 },
    );
  });
});
