/** Erlang terms, frames and amounts as RabbitMQ's tools print and read them. */
import { strict as assert } from 'node:assert';
import { printTerm, type Term } from '../../../lib/control/erlang-print';
import { octetsOf } from '../../../lib/control/octets';
import { prettyTable } from '../../../lib/control/pretty-table';

function pair(name: string, value: Term): Term {
  return { tuple: [{ atom: name }, value] };
}

describe('Erlang terms as they are printed', () => {
  it('stand on one line where they fit', () => {
    assert.equal(printTerm([pair('name', 'q"'), pair('apply-to', true), []]), '[{name,<<"q\\"">>},{\'apply-to\',true},[]]');
  });

  it('have compound elements on lines of their own where they do not', () => {
    const long = 'x'.repeat(40);
    assert.equal(printTerm([pair('a', long), pair('b', long)]), `[{a,<<"${long}">>},\n {b,<<"${long}">>}]`);
  });

  it('fill lines with simple elements', () => {
    const lines = printTerm(Array.from({ length: 20 }, () => 12345)).split('\n');
    assert.deepEqual(
      lines.map((line) => line.length),
      [79, 43],
    );
  });

  it('stand 4 further than a tuple whose name is too long to stand behind it', () => {
    const inner = [pair('k'.repeat(30), 'v'.repeat(30))];
    assert.equal(printTerm(pair('a_long_name', inner)), `{a_long_name,\n    [{${'k'.repeat(30)},<<"${'v'.repeat(30)}">>}]}`);
  });
});

describe('pretty tables', () => {
  it('draw a frame as wide as the widest cell', () => {
    const [top, head, , row] = prettyTable(['user'], [['guest']]).split('\n');
    assert.equal(top, '\x1b(0lqqqqqqqk\x1b(B');
    assert.equal(head, '\x1b(0x\x1b(B \x1b[1muser\x1b[0m  \x1b(0x\x1b(B');
    assert.equal(row, '\x1b(0x\x1b(B guest \x1b(0x\x1b(B');
  });
});

describe('amounts of memory and disk', () => {
  it('are read with decimal and binary units', () => {
    const texts = ['1000', '1kB', '1KiB', '2MiB', '2MB', '1GiB', 'x', '1XB', '-1', ''];
    assert.deepEqual(texts.map(octetsOf), [1000, 1000, 1024, 2097152, 2e6, 1073741824, null, null, null, null]);
  });
});
