import assert from 'node:assert/strict';
import type { Job } from '../../../lib/grading/classroom/job';
import { openJob, openResult, readQueueKey, sealJob, writeQueueKey } from '../../../lib/grading/classroom/sealed';

describe('jobs of a class on a broker', () => {
  const key = Buffer.alloc(32, 1);
  const job: Job = {
    key: 'k',
    student: 'ann',
    exercise: 'say-a-word',
    exerciseHash: 'e',
    answerHash: 'a',
    exerciseFiles: new Map([['exercise.json', Buffer.from('{}')]]),
    answerFiles: new Map([['say-a-word.ts', Buffer.from([0, 255])]]),
    seeds: [5],
    engine: 'warren',
  };

  it('arrive as they were put out', () => {
    assert.deepEqual(openJob(sealJob({ job, tries: 2 }, key), key), { job, tries: 2 });
    assert.deepEqual(readQueueKey(`${writeQueueKey({ classId: 'spring-1', key })}\n`), { classId: 'spring-1', key });
    assert.equal(readQueueKey('spring-1:short'), null);
  });

  it('are not taken from anybody without the key, changed, or for a result', () => {
    const sealed = sealJob({ job, tries: 1 }, key);
    assert.equal(openJob(sealed, Buffer.alloc(32, 2)), null);
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(40) ^ 1, 40);
    assert.equal(openJob(changed, key), null);
    assert.equal(openResult(sealed, key), null);
    assert.equal(openJob(Buffer.alloc(5), key), null);
  });
});
