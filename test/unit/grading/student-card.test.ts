/** Cards: what they say, that they carry no script, and that what came from elsewhere stays text. */
import { strict as assert } from 'node:assert';
import * as path from 'node:path';
import { readExercise } from '../../../lib/grading/exercise';
import { unjudged } from '../../../lib/grading/grade';
import type { Verdict } from '../../../lib/grading/attempt';
import { verdictCard } from '../../../lib/grading/report/card';
import { hintCard } from '../../../lib/grading/report/hint-card';
import { reportText } from '../../../lib/grading/report/text';
import type { After } from '../../../lib/grading/student/after';

const EXERCISE = readExercise(path.join(__dirname, '../../../exercises'), 'predict-crash-unacked');
const HOSTILE = '<img src=x onerror=alert(1)>\u001b[31m"\'';
const AFTER: After = {
  passed: false,
  hints: { left: 2, all: 3 },
  points: { points: 1, pointsMax: 2 },
  total: { points: 5, pointsMax: 30 },
  brokenAt: null,
  unwritten: '',
  unreadable: [],
};

function failed(more: Partial<Verdict> = {}): Verdict {
  const checks = EXERCISE.info.checks.map((check) => {
    const findings = [{ text: 'wrong', with: { prediction: HOSTILE, truth: 'x' } }];
    return { ...check, passed: false, findings, seed: 7 };
  });
  return { ...unjudged(EXERCISE, 'fail', '', 'warren', 'none'), checks, ...more };
}

describe('a card', () => {
  it('says what to do next, and how many points there are', () => {
    const card = verdictCard(failed(), EXERCISE, AFTER);
    assert.match(card, /2 of 3 hints left: <code>await hint\(&#39;predict-crash-unacked&#39;\)<\/code>/);
    assert.match(card, /Points so far: 1 of 2 in this exercise, 5 of 30 in the course\./);
    assert.match(card, /seen with seed 7/);
    const text = reportText(failed(), EXERCISE, AFTER);
    assert.match(text, /2 of 3 hints left: npx warren hint predict-crash-unacked/);
  });

  it('offers no hint to who has passed or has all, and shows no student to a teacher', () => {
    const none = [verdictCard(failed(), EXERCISE), verdictCard(failed(), EXERCISE, { ...AFTER, passed: true })];
    none.push(verdictCard(failed(), EXERCISE, { ...AFTER, hints: { left: 0, all: 3 } }));
    for (const card of none) assert.doesNotMatch(card, /hints left/);
    assert.doesNotMatch(none[0] as string, /Points so far/);
  });

  it('tells findings of one kind once, and how many more there are', () => {
    const findings = ['a', 'b', 'c'].map((prediction) => ({ text: 'wrong', with: { prediction, truth: 'x' } }));
    const verdict = failed();
    const many = { ...verdict, checks: verdict.checks.map((check) => ({ ...check, findings })) };
    for (const told of [verdictCard(many, EXERCISE), reportText(many, EXERCISE)]) {
      assert.match(told, /and 2 more, seen with seed 7/);
      assert.equal(told.split('You said').length, 2);
    }
  });

  it('says that the record is broken, or could not be written', () => {
    const card = verdictCard(failed(), EXERCISE, { ...AFTER, brokenAt: 4, unwritten: 'EROFS' });
    assert.match(card, /line 4 does not follow/);
    assert.match(card, /could not be written down: EROFS/);
  });

  it('holds no script, and nothing that was not text before', () => {
    const hints = [{ check: 'prediction', rung: 1, rungs: 3, text: HOSTILE }];
    const cards = [
      verdictCard(failed({ trouble: HOSTILE, notes: [HOSTILE] }), EXERCISE, { ...AFTER, unwritten: HOSTILE }),
      hintCard({ kind: 'hints', hints, isNew: true }, EXERCISE),
      hintCard({ kind: 'no such check', check: HOSTILE, checks: [HOSTILE] }, EXERCISE),
    ];
    for (const card of cards) {
      assert.match(card, /&lt;img src=x/);
      assert.equal(card.includes('<img'), false);
      assert.equal(card.includes('<script'), false);
      assert.equal(card.includes('\u001b'), false);
      assert.doesNotMatch(card, /<[^>]*\son\w+=/);
    }
  });

  it('can be read and scrolled without a mouse and without colours', () => {
    const card = verdictCard(failed({ moment: '<svg></svg>' }), EXERCISE, AFTER);
    assert.match(card, /<section [^>]*role="group" aria-label="Verdict on /);
    assert.match(card, /<div class="sc" tabindex="0" role="group" aria-label="[^"]+"><svg>/);
    assert.match(card, /prediction <span class="s">2 points, failed<\/span>/);
  });
});
