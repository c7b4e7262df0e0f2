import assert from 'node:assert/strict';
import type { ExerciseInfo } from '../../../lib/grading/exercise';
import { markForNbgrader } from '../../../lib/grading/classroom/nbgrader';

const EXERCISE = { id: 'say-a-word', checks: [{ points: 2 }, { points: 1 }] } as unknown as ExerciseInfo;

describe('nbgrader', () => {
  it('knows the first cell that answers an exercise, its points, and that it is graded by hand', () => {
    const cells = [
      { cell_type: 'markdown', metadata: {}, source: "check('say-a-word', ...)" },
      { cell_type: 'code', metadata: { tags: ['a'] }, source: ["await check('say-a-word',\n", '  async () => {});'] },
      { cell_type: 'code', metadata: {}, source: "await check('say-a-word-twice', async () => {});" },
      { cell_type: 'code', metadata: {}, source: 'await check("say-a-word", async () => {});' },
    ];
    const text = markForNbgrader(JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }), [EXERCISE]);
    const marked = JSON.parse(text) as { cells: { metadata: object }[]; nbformat: number };
    const mark = {
      schema_version: 3,
      grade_id: 'say-a-word',
      grade: true,
      solution: true,
      locked: false,
      task: false,
      points: 3,
    };
    assert.deepEqual(
      marked.cells.map(({ metadata }) => metadata),
      [{}, { tags: ['a'], nbgrader: mark }, {}, {}],
    );
    assert.equal(marked.nbformat, 4);
  });
});
