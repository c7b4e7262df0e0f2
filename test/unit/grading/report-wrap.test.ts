/** Lines of reports: no longer than a page is wide, and nothing of them lost. */
import { strict as assert } from 'node:assert';
import * as fc from 'fast-check';
import { wrapped } from '../../../lib/grading/report/wrap';

describe('a long line', () => {
  it('is broken between words, and goes on where it began', () => {
    assert.equal(wrapped('    one two three', 12), '    one two\n    three');
    assert.equal(wrapped('one\n\n  two', 12), 'one\n\n  two');
  });

  it('keeps a word whole that is longer than a line', () => {
    assert.equal(wrapped('see queue-with-a-long-name now', 10), 'see\nqueue-with-a-long-name\nnow');
  });

  it('loses nothing, and is short where its words are', () => {
    const line = fc
      .array(fc.string({ unit: fc.constantFrom('a', 'b', ' '), minLength: 1, maxLength: 20 }))
      .map((all) => all.join(' '));
    fc.assert(
      fc.property(line, fc.integer({ min: 40, max: 100 }), (text, columns) => {
        const lines = wrapped(text, columns);
        assert.equal(lines.replaceAll(/\s+/g, ' ').trim(), text.replaceAll(/\s+/g, ' ').trim());
        for (const each of lines.split('\n')) assert.ok(each.length <= columns || !each.trim().includes(' '));
      }),
    );
  });
});
