/**
 * Grades for a class whose jobs are a queue: takes one job at a time, publishes its result, and only when the broker has
 * confirmed that does it acknowledge the job. Killed at any moment, it loses nothing: the job goes to another worker.
 */
import * as amqp from 'amqplib';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { play } from './job';
import { openJob, queuesOf, sealResult, type QueueKey } from './sealed';

export interface WorkOptions {
  readonly url: string;
  readonly key: QueueKey;
  /** How many jobs at one time. */
  readonly jobs: number;
  /** Whether answers are played where nothing isolates them. */
  readonly trustStudents: boolean;
  /** Told what is done, a line each. */
  readonly tell: (text: string) => void;
  /** Ends the work; what is under way goes back to the queue. */
  readonly signal: AbortSignal;
}

const AGAIN_MS = 1000;

/** Works until it is told to end. A connection that is lost is opened again. Rejects if the first one cannot be opened. */
export async function work(options: WorkOptions): Promise<void> {
  const { signal, tell } = options;
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-worker-'));
  let connected = false;
  try {
    while (!signal.aborted) {
      try {
        await session(options, place, () => {
          connected = true;
        });
      } catch (error) {
        if (!connected) throw error;
        tell(`The broker is not there (${(error as Error).message}); trying again.`);
      }
      if (!signal.aborted) await pause(AGAIN_MS, signal);
    }
  } finally {
    fs.rmSync(place, { recursive: true, force: true });
  }
}

/** One connection's life. */
async function session(options: WorkOptions, place: string, opened: () => void): Promise<void> {
  const { url, jobs, signal } = options;
  const connection = await amqp.connect(url, { clientProperties: { connection_name: 'warren class work' } });
  opened();
  connection.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => connection.once('close', () => resolve()));
  const end = (): void => void connection.close().catch(() => undefined);
  signal.addEventListener('abort', end);
  try {
    await Promise.all(Array.from({ length: jobs }, () => takeJobs(connection, options, place)));
    if (signal.aborted) end();
    await closed;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

async function takeJobs(
  connection: amqp.ChannelModel,
  { key: { classId, key }, trustStudents, tell }: WorkOptions,
  place: string,
): Promise<void> {
  const queues = queuesOf(classId);
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => undefined);
  for (const queue of Object.values(queues)) await channel.assertQueue(queue, { durable: true });
  await channel.prefetch(1);
  await channel.consume(queues.jobs, (message) => {
    // Somebody deleted the queue: it is declared again with the next connection.
    if (message === null) return void connection.close().catch(() => undefined);
    const asked = openJob(message.content, key);
    if (asked === null) {
      tell('A message without the seal of this class was thrown away.');
      channel.ack(message);
      return;
    }
    const { job, tries } = asked;
    tell(`${job.student}, ${job.exercise}: taken`);
    const graded = async (): Promise<void> => {
      const played = await play(job, { place, trustStudents });
      const result = sealResult({ key: job.key, tries, ...played }, key);
      await new Promise<void>((resolve, reject) =>
        channel.sendToQueue(queues.results, result, { persistent: true }, (error: unknown) =>
          error ? reject(error) : resolve(),
        ),
      );
      channel.ack(message);
      tell(`${job.student}, ${job.exercise}: ${played.verdict.verdict}`);
    };
    // A channel that closed meanwhile: its job is in the queue again.
    graded().catch((error: Error) => tell(`${job.student}, ${job.exercise}: not told (${error.message}); another try follows.`));
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener('abort', over);
  });
}
