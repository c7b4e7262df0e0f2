import assert from 'node:assert/strict';
import { type Field, type FieldTable, field } from '../../../lib/amqp/field-table';
import { isCycle, withDeath } from '../../../lib/broker/dead-letter';

const TAGS: Readonly<Record<string, string>> = { longstr: 'S', long: 'l', signedint: 'I', timestamp: 'T' };

/** A table on one line, in its order: `key=tag:value`; tables in braces, arrays in brackets. */
function shown(table: FieldTable): string {
  return [...table].map(([key, value]) => `${key}=${shownField(value)}`).join(' ');
}

function shownField({ kind, value }: Field): string {
  if (kind === 'table') return `{${shown(value as FieldTable)}}`;
  if (kind === 'array') return `[${(value as readonly Field[]).map(shownField).join(' ')}]`;
  return `${TAGS[kind] ?? kind}:${String(value)}`;
}

function info(queue: string, reason: string, expiration?: string): FieldTable {
  const fields: FieldTable = new Map([
    ['reason', field.text(reason)],
    ['queue', field.text(queue)],
    ['time', field.timestamp(7)],
    ['exchange', field.text('x')],
    ['routing-keys', field.array([field.text('k')])],
  ]);
  return expiration === undefined ? fields : fields.set('original-expiration', field.text(expiration));
}

const FRESH = (queue: string, reason: string): string =>
  `count=l:1 reason=S:${reason} queue=S:${queue} time=T:7 exchange=S:x routing-keys=[S:k]`;
const SORTED = (queue: string, reason: string, count: number): string =>
  `count=l:${count} exchange=S:x queue=S:${queue} reason=S:${reason} routing-keys=[S:k] time=T:7`;
const FIRST = (queue: string, reason: string): string =>
  `x-first-death-exchange=S:x x-first-death-queue=S:${queue} x-first-death-reason=S:${reason}`;

/** The headers after these deaths, one after the other. */
function dead(...deaths: readonly FieldTable[]): FieldTable {
  return deaths.reduce<FieldTable>((headers, death) => withDeath(headers, death), new Map());
}

describe('x-death', () => {
  const cases: ReadonlyArray<readonly [string, FieldTable, string]> = [
    [
      'begins with one entry, fields as RabbitMQ puts them',
      dead(info('a', 'rejected')),
      `x-death=[{${FRESH('a', 'rejected')}}] ${FIRST('a', 'rejected')}`,
    ],
    [
      'keeps the expiration that the message had, as the last field',
      dead(info('a', 'expired', '100')),
      `x-death=[{${FRESH('a', 'expired')} original-expiration=S:100}] ${FIRST('a', 'expired')}`,
    ],
    [
      'puts another queue in front, sorted, and leaves the first entry as it is',
      dead(info('a', 'rejected'), info('b', 'expired')),
      `x-death=[{${SORTED('b', 'expired', 1)}} {${FRESH('a', 'rejected')}}] ${FIRST('a', 'rejected')}`,
    ],
    [
      'makes another entry for another reason in the same queue',
      dead(info('a', 'rejected'), info('a', 'expired')),
      `x-death=[{${SORTED('a', 'expired', 1)}} {${FRESH('a', 'rejected')}}] ${FIRST('a', 'rejected')}`,
    ],
    [
      'counts the same queue and reason',
      dead(info('a', 'rejected'), info('a', 'rejected'), info('a', 'rejected')),
      `x-death=[{${SORTED('a', 'rejected', 3)}}] ${FIRST('a', 'rejected')}`,
    ],
    [
      'brings a counted entry to the front',
      dead(info('a', 'rejected'), info('b', 'expired'), info('a', 'rejected')),
      `x-death=[{${SORTED('a', 'rejected', 2)}} {${SORTED('b', 'expired', 1)}}] ${FIRST('a', 'rejected')}`,
    ],
    [
      'turns the earlier entries round from the third on',
      dead(info('a', 'rejected'), info('b', 'rejected'), info('c', 'rejected')),
      [
        `x-death=[{${SORTED('c', 'rejected', 1)}} {${FRESH('a', 'rejected')}}`,
        ` {${SORTED('b', 'rejected', 1)}}] ${FIRST('a', 'rejected')}`,
      ].join(''),
    ],
    [
      'goes on with the entries of a publisher and adds no first death to them',
      withDeath(
        new Map([
          [
            'x-death',
            field.array([
              field.table(
                new Map([
                  ['queue', field.text('a')],
                  ['reason', field.text('rejected')],
                ]),
              ),
            ]),
          ],
        ]),
        info('a', 'rejected'),
      ),
      'x-death=[{count=l:1 queue=S:a reason=S:rejected}]',
    ],
    [
      'replaces what is no array',
      withDeath(new Map([['x-death', field.text('no')]]), info('a', 'rejected')),
      `x-death=[{${FRESH('a', 'rejected')}}]`,
    ],
    [
      'sorts all headers by name',
      withDeath(
        new Map([
          ['z', field.text('1')],
          ['A', field.text('2')],
        ]),
        info('a', 'maxlen'),
      ),
      `A=S:2 x-death=[{${FRESH('a', 'maxlen')}}] ${FIRST('a', 'maxlen')} z=S:1`,
    ],
  ];
  for (const [sentence, headers, expected] of cases) it(sentence, () => assert.equal(shown(headers), expected));

  it('leaves the headers that it was given alone', () => {
    const headers: FieldTable = new Map([['z', field.text('1')]]);
    withDeath(headers, info('a', 'rejected'));
    assert.equal(shown(headers), 'z=S:1');
  });
});

describe('A circle of dead letters', () => {
  /** Deaths in their order in the header, as `queue:reason`. */
  const cases: ReadonlyArray<readonly [string, string, boolean]> = [
    ['a', '', false],
    ['a', 'b:expired', false],
    ['a', 'a:expired', true],
    ['a', 'a:maxlen', true],
    ['a', 'a:rejected', false],
    ['a', 'b:expired a:expired', true],
    ['a', 'b:rejected a:expired', false],
    ['a', 'b:expired a:rejected', false],
    ['a', 'b:expired a:expired c:rejected', true],
    ['a', 'a:expired a:rejected', true],
  ];
  for (const [queue, text, expected] of cases) {
    it(`is ${expected ? 'broken' : 'let go on'} for the queue ${queue} after ${text || 'no death'}`, () => {
      const deaths = text
        .split(' ')
        .filter(Boolean)
        .map((death) => {
          const [name, reason] = death.split(':') as [string, string];
          return info(name, reason);
        });
      assert.equal(isCycle(queue, deaths), expected);
    });
  }
});
