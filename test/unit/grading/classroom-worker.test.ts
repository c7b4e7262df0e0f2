import assert from 'node:assert/strict';
import * as amqp from 'amqplib';
import { queuesOf } from '../../../lib/grading/classroom/sealed';
import { work } from '../../../lib/grading/classroom/worker';
import { Lab } from '../../../lib/lab/lab';

describe('a worker for a class', function () {
  this.timeout(120_000);
  it('goes on where its queue was deleted, throws away what is no job, and ends when it is told to', async () => {
    const lab = await Lab.start({ name: 'class-worker' });
    const stop = new AbortController();
    try {
      const connection = await amqp.connect(lab.url());
      const channel = await connection.createConfirmChannel();
      const { jobs } = queuesOf('spring-1');
      const told: string[] = [];
      let heard: () => void = () => undefined;
      const key = { classId: 'spring-1', key: Buffer.alloc(32, 1) };
      const tell = (text: string): void => {
        told.push(text);
        heard();
      };
      const working = work({ url: lab.url(), key, jobs: 1, trustStudents: true, tell, signal: stop.signal });
      for (let life = 1; life <= 2; life++) {
        const thrownAway = new Promise<void>((resolve) => {
          heard = resolve;
        });
        // Declared as the worker does, so it does not matter who is first.
        await channel.assertQueue(jobs, { durable: true });
        channel.sendToQueue(jobs, Buffer.from('no job of this class'));
        await thrownAway;
        assert.equal(told.length, life);
        await channel.deleteQueue(jobs);
      }
      assert.match(told.join('\n'), /^(A message without the seal of this class was thrown away\.\n?){2}$/);
      stop.abort();
      await working;
      await connection.close();
    } finally {
      stop.abort();
      await lab.stop();
    }
  });
});
