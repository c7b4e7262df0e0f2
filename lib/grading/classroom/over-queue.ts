/**
 * Has a class graded over a broker: jobs are persistent messages of a durable queue, results come back in another one, and
 * both are acknowledged when they are safe. Whoever has the class's key may take jobs, on as many machines as there are.
 */
import * as amqp from 'amqplib';
import { ClassError } from './class-error';
import type { ClassFolder } from './class-folder';
import type { Doer } from './grade-class';
import { isOurTrouble, TRIES, type Job, type Played } from './job';
import { openResult, queuesOf, sealJob, type QueueKey } from './sealed';
import { work } from './worker';

export interface OverQueue {
  readonly url: string;
  /** Workers in this process; 0: all are elsewhere. */
  readonly jobs: number;
  /** Whether those play answers where nothing isolates them. */
  readonly trustStudents: boolean;
  readonly tell: (text: string) => void;
}

export function queueKeyOf(of: ClassFolder): QueueKey {
  return { classId: of.info.id, key: of.queueKey };
}

/** Ended at any moment and asked again: results that lie in their queue are taken first, then jobs still open are put out. */
export function overQueue(of: ClassFolder, { url, jobs: workers, trustStudents, tell }: OverQueue): Doer {
  return async (jobs, keep) => {
    const key = queueKeyOf(of);
    const connection = await amqp.connect(url, { clientProperties: { connection_name: 'warren class grade' } });
    connection.on('error', () => undefined);
    const lost = new Promise<never>((_, reject) => {
      const words = 'The connection to the broker was lost. What is graded is kept; the same command goes on from there.';
      connection.once('close', () => reject(new ClassError(words)));
    });
    lost.catch(() => undefined);
    const stop = new AbortController();
    const here = workers > 0 ? work({ url, key, jobs: workers, trustStudents, tell, signal: stop.signal }) : null;
    try {
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      channel.once('close', () => void connection.close().catch(() => undefined));
      const played = new QueueGrading(channel, key, jobs, keep).play();
      // A worker here ends only if it cannot begin.
      await Promise.race([played, lost, ...(here === null ? [] : [here])]);
    } finally {
      stop.abort();
      await here?.catch(() => undefined);
      await connection.close().catch(() => undefined);
    }
  };
}

/** The side that puts jobs out and takes results in. */
class QueueGrading {
  private readonly open: Map<string, Job>;

  constructor(
    private readonly channel: amqp.ConfirmChannel,
    private readonly key: QueueKey,
    jobs: readonly Job[],
    private readonly keep: (job: Job, played: Played) => void,
  ) {
    this.open = new Map(jobs.map((job) => [job.key, job]));
  }

  /** Resolves when there is a result for each job. */
  async play(): Promise<void> {
    const { channel, open } = this;
    const queues = queuesOf(this.key.classId);
    for (const queue of Object.values(queues)) await channel.assertQueue(queue, { durable: true });
    // What an earlier grading left may be out of date; what is not is put out again.
    await channel.purgeQueue(queues.jobs);
    for (let left = await channel.get(queues.results); left !== false; left = await channel.get(queues.results)) {
      await this.take(left);
    }
    const all = this.allDone(queues.results);
    await Promise.all([...open.values()].map((job) => this.put(job, 1)));
    await all;
    // The acknowledgement of the last result must have gone out before the connection is closed.
    await channel.waitForConfirms();
  }

  private allDone(results: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (this.open.size === 0) resolve();
      };
      const taken = (message: amqp.ConsumeMessage | null): void => {
        if (message !== null) this.take(message).then(look, reject);
        else reject(new ClassError('The queue of results was deleted. The same command goes on from what is graded.'));
      };
      this.channel.consume(results, taken).then(look, reject);
    });
  }

  private put(job: Job, tries: number): Promise<void> {
    const { jobs } = queuesOf(this.key.classId);
    return new Promise((resolve, reject) => {
      const settled = (error: unknown): void => (error ? reject(error as Error) : resolve());
      this.channel.sendToQueue(jobs, sealJob({ job, tries }, this.key.key), { persistent: true }, settled);
    });
  }

  /** Acknowledges a result when it is a file, or its job is in the queue again. */
  private async take(message: amqp.Message): Promise<void> {
    const result = openResult(message.content, this.key.key);
    const job = result === null ? undefined : this.open.get(result.key);
    // None of ours, or there twice: a worker died between its result and its acknowledgement. The first one counts.
    if (result !== null && job !== undefined) {
      if (isOurTrouble(result.verdict) && result.tries < TRIES) await this.put(job, result.tries + 1);
      else {
        this.open.delete(result.key);
        const { verdict, tookMs } = result;
        this.keep(job, { verdict, tookMs });
      }
    }
    this.channel.ack(message);
  }
}
