/** What travels over a broker between graders: sealed with the class's key, so that no other message is a job or a result. */
import * as crypto from 'node:crypto';
import type { Job, Played } from './job';

/** For whoever grades for a class on another machine: which class, and the key. */
export interface QueueKey {
  readonly classId: string;
  readonly key: Buffer;
}

export function writeQueueKey({ classId, key }: QueueKey): string {
  return `${classId}:${key.toString('hex')}`;
}

/** Null if it is none. */
export function readQueueKey(text: string): QueueKey | null {
  const [, classId, key] = /^([a-z0-9-]+):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return classId === undefined || key === undefined ? null : { classId, key: Buffer.from(key, 'hex') };
}

export function queuesOf(classId: string): { jobs: string; results: string } {
  return { jobs: `warren.class.${classId}.jobs`, results: `warren.class.${classId}.results` };
}

/** A job as it travels, with the number of this try. */
export interface JobMessage {
  readonly job: Job;
  readonly tries: number;
}

export interface ResultMessage extends Played {
  readonly key: string;
  readonly tries: number;
}

/** What a message is, so that a result is never taken for a job. */
type Kind = 'job' | 'result';

export function sealJob({ job, tries }: JobMessage, key: Buffer): Buffer {
  const { exerciseFiles, answerFiles, ...rest } = job;
  return seal('job', { ...rest, tries, exerciseFiles: packed(exerciseFiles), answerFiles: packed(answerFiles) }, key);
}

/** Null if the seal does not hold. */
export function openJob(message: Buffer, key: Buffer): JobMessage | null {
  type Flat = Omit<Job, 'exerciseFiles' | 'answerFiles'> & { tries: number; exerciseFiles: Packed; answerFiles: Packed };
  const flat = open('job', message, key) as Flat | null;
  if (flat === null) return null;
  const { tries, exerciseFiles, answerFiles, ...rest } = flat;
  return { job: { ...rest, exerciseFiles: unpacked(exerciseFiles), answerFiles: unpacked(answerFiles) }, tries };
}

export function sealResult(result: ResultMessage, key: Buffer): Buffer {
  return seal('result', result, key);
}

export function openResult(message: Buffer, key: Buffer): ResultMessage | null {
  return open('result', message, key) as ResultMessage | null;
}

function seal(kind: Kind, value: unknown, key: Buffer): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  return Buffer.concat([mac(kind, text, key), text]);
}

function open(kind: Kind, message: Buffer, key: Buffer): unknown {
  const length = 32;
  if (message.length <= length) return null;
  const text = message.subarray(length);
  return crypto.timingSafeEqual(message.subarray(0, length), mac(kind, text, key)) ? JSON.parse(text.toString()) : null;
}

function mac(kind: Kind, text: Buffer, key: Buffer): Buffer {
  return crypto.createHmac('sha256', key).update(`${kind}\0`).update(text).digest();
}

type Packed = Readonly<Record<string, string>>;

function packed(files: ReadonlyMap<string, Buffer>): Packed {
  return Object.fromEntries([...files].map(([name, content]) => [name, content.toString('base64')]));
}

function unpacked(files: Packed): Map<string, Buffer> {
  return new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content, 'base64')]));
}
