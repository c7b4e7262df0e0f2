import assert from 'node:assert/strict';
import { type Field, field } from '../../../lib/amqp/field-table';
import type { Properties } from '../../../lib/amqp/properties';
import { isPersistent, TTL_MAX, traitsOf } from '../../../lib/broker/traits';

const refused = (properties: Properties, text: string): void => {
  assert.throws(() => traitsOf(properties), { message: `PRECONDITION_FAILED - ${text}` });
};
const texts = (...keys: string[]): Field => field.array(keys.map(field.text));

describe('Traits of a message', () => {
  for (const [expiration, ms] of [
    ['0', 0],
    ['-0', 0],
    ['00060', 60],
    ['+5', 5],
    [String(TTL_MAX), TTL_MAX],
  ] as const) {
    it(`reads the expiration '${expiration}'`, () => assert.equal(traitsOf({ expiration }).expirationMs + 0, ms));
  }

  for (const [expiration, reason] of [
    ['', 'no_integer'],
    ['abc', 'no_integer'],
    [' 1', 'no_integer'],
    ['+', 'no_integer'],
    ['--1', 'no_integer'],
    ['1 ', '{leftover_string," "}'],
    ['1.5', '{leftover_string,".5"}'],
    ['12\n', '{leftover_string,"\\n"}'],
    ['-1', '{value_negative,-1}'],
    [String(TTL_MAX + 1), `{value_too_large,${TTL_MAX + 1}}`],
  ] as const) {
    it(`refuses the expiration ${JSON.stringify(expiration)}`, () =>
      refused({ expiration }, `invalid expiration '${expiration}': ${reason}`));
  }

  it('tells persistent from transient by the delivery mode, and refuses all but 1 and 2', () => {
    assert.deepEqual([undefined, 1, 2].map(isPersistent), [false, false, true]);
    for (const mode of [0, 3, 255]) refused({ deliveryMode: mode }, `invalid message: {delivery_mode_unknown,${mode}}`);
  });

  it('takes further keys from CC, then BCC, and passes over what is no text', () => {
    const headers = new Map([
      ['BCC', texts('c')],
      ['CC', field.array([field.text('a'), { kind: 'short', value: 1 }, field.text('b')])],
    ]);
    const traits = traitsOf({ headers });
    assert.deepEqual([traits.copies, traits.hasBcc], [['a', 'b', 'c'], true]);
  });

  it('refuses CC and BCC that are no arrays', () => {
    refused({ headers: new Map([['CC', field.text('a')]]) }, 'invalid message: {unacceptable_type_in_header,"CC",longstr}');
    refused(
      { headers: new Map([['BCC', { kind: 'void', value: null }]]) },
      'invalid message: {unacceptable_type_in_header,"BCC",void}',
    );
  });

  it('speaks of the first thing that is wrong in the order of RabbitMQ: expiration, delivery mode, CC', () => {
    const wrong: Properties = { expiration: 'x', deliveryMode: 9, headers: new Map([['CC', field.text('a')]]) };
    refused(wrong, "invalid expiration 'x': no_integer");
    const { expiration: _, ...rest } = wrong;
    refused(rest, 'invalid message: {delivery_mode_unknown,9}');
  });
});
