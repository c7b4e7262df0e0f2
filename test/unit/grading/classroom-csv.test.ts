import assert from 'node:assert/strict';
import { csv, parseCsv } from '../../../lib/grading/classroom/csv';

describe('CSV of a class', () => {
  it('quotes every text, and leaves numbers as they are', () => {
    assert.equal(csv([['a', 1.5, null, 'b "c", d\ne']]), '"a",1.5,"","b ""c"", d\ne"\r\n');
  });

  it('defuses what a spreadsheet would take for a formula', () => {
    for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =1', '\0=1'])
      assert.match(csv([[formula]]), /^"'/, JSON.stringify(formula));
    assert.equal(csv([['a=1', -1]]), '"a=1",-1\r\n');
  });

  it('reads what it writes, and what spreadsheets write', () => {
    const rows = [
      ['id', 'name'],
      ['ann', 'Lee, "A"\nnew line'],
    ];
    assert.deepEqual(parseCsv(csv(rows)), rows);
    assert.deepEqual(parseCsv('\ufeffid;name\r\nann;Ann, the first\r\n\r\n'), [
      ['id', 'name'],
      ['ann', 'Ann, the first'],
    ]);
  });
});
