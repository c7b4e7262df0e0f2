/** Declaring again what exists: every attribute and checked argument must be the same, else 406 in RabbitMQ's words. */
import type { Field, FieldTable } from '../amqp/field-table';
import { equalTerms, shownTerm } from './erlang-term';
import { preconditionFailed } from './errors';

/** `subject` is e.g. `queue 'q' in vhost '/'`. */
export function assertSame(subject: string, attribute: string, received: unknown, current: unknown): void {
  if (received === current) return;
  throw preconditionFailed(
    `inequivalent arg '${attribute}' for ${subject}: received '${String(received)}' but current is '${String(current)}'`,
  );
}

/** Compares one argument. Integers of different size are equal; text and numbers never are, nor integers and floats. */
export function assertSameArgument(subject: string, key: string, received: FieldTable, current: FieldTable): void {
  const got = received.get(key);
  const has = current.get(key);
  if (equal(got, has)) return;
  const text =
    got === undefined
      ? `received none but current is the value '${shownTerm(has as Field)}' of type '${(has as Field).kind}'`
      : has === undefined
        ? `received the value '${shownTerm(got)}' of type '${got.kind}' but current is none`
        : `received '${shownTerm(got)}' but current is '${shownTerm(has)}'`;
  throw preconditionFailed(`inequivalent arg '${key}' for ${subject}: ${text}`);
}

function equal(a: Field | undefined, b: Field | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return isFloat(a) === isFloat(b) && equalTerms(a, b);
}

function isFloat({ kind }: Field): boolean {
  return kind === 'float' || kind === 'double';
}
