/** Every exercise of the course, as far as it can be looked at without being played; `npm run graders` plays them. */
import { strict as assert } from 'node:assert';
import * as path from 'node:path';
import { lint } from '../../lib/grading/author/lint';
import { exerciseIds, readExercise } from '../../lib/grading/exercise';

const ROOT = path.join(__dirname, '..', '..');
const EXERCISES = path.join(ROOT, 'exercises');

describe('exercises', () => {
  for (const id of exerciseIds(EXERCISES))
    it(`${id} is whole`, () => {
      const faults = lint(readExercise(EXERCISES, id), path.join(ROOT, 'solutions'));
      assert.deepEqual(
        faults.map(({ rule, text }) => `${rule}: ${text}`),
        [],
      );
    });
});
