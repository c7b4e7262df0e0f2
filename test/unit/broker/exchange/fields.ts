/** Arbitrary field values, of every type, small enough to be equal now and then. */
import fc from 'fast-check';
import type { Field, FieldTable } from '../../../../lib/amqp/field-table';

const whole = (kind: Field['kind']): fc.Arbitrary<Field> => fc.integer({ min: 0, max: 2 }).map((value) => ({ kind, value }));

export const fieldValue: fc.Arbitrary<Field> = fc.letrec<{ field: Field }>((tie) => ({
  field: fc.oneof(
    { depthSize: 'small', maxDepth: 2 },
    fc.constantFrom<Field>({ kind: 'void', value: null }, { kind: 'long', value: 2n ** 60n }),
    ...(['byte', 'short', 'signedint', 'long', 'timestamp'] as const).map(whole),
    fc.constantFrom(0, 1, 1.5).map((value): Field => ({ kind: 'double', value })),
    fc.boolean().map((value): Field => ({ kind: 'bool', value })),
    fc.constantFrom('', '1', 'x', 'é').map((value): Field => ({ kind: 'longstr', value })),
    fc.constantFrom('', '1', 'é').map((value): Field => ({ kind: 'binary', value: Buffer.from(value) })),
    fc.record({ scale: fc.nat(1), unscaled: fc.nat(2) }).map((value): Field => ({ kind: 'decimal', value })),
    fc.array(tie('field'), { maxLength: 2 }).map((value): Field => ({ kind: 'array', value })),
    fc
      .dictionary(fc.constantFrom('a', 'b'), tie('field'), { maxKeys: 2 })
      .map((value): Field => ({ kind: 'table', value: new Map(Object.entries(value)) })),
  ),
})).field;

/**
 * A text that is the same for two values just if Erlang takes them for equal: numbers without their types, but with types
 * inside lists; a byte string is a text, and an empty table an empty list.
 */
export function canonical(field: Field): string {
  const { kind, value } = field;
  switch (kind) {
    case 'longstr':
    case 'binary':
      return `text ${Buffer.from(value as string | Buffer).toString('hex')}`;
    case 'bool':
    case 'void':
      return String(value);
    case 'decimal':
      return `decimal ${JSON.stringify(value)}`;
    case 'array':
      return `[${(value as readonly Field[]).map((item) => `${item.kind} ${canonical(item)}`).join(',')}]`;
    case 'table':
      return `[${[...(value as FieldTable)].map(([key, item]) => `${key}: ${item.kind} ${canonical(item)}`).join(',')}]`;
    default:
      return `number ${String(value)}`;
  }
}
