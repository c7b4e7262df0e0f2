// attack: takes source text and paths from stack frames
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  Error.stackTraceLimit = 1000;
  Error.prepareStackTrace = (_error, frames) => frames;
  const frames = new Error('where am I').stack as unknown as NodeJS.CallSite[];
  for (const frame of frames) {
    log(frame.getFileName(), String(frame.getFunction?.()), String(frame.getThis?.()));
  }
}
