/**
 * When to stop waiting for an answer. Not after a fixed time: a machine under load is slow, and a program that is done is
 * done. But when nothing can be expected any more: at many looks in a row all programs waited, none had used the processor,
 * and nothing had moved on the wire. Looks are counted, not milliseconds: where the grader itself gets no processor, what has
 * come meanwhile lies in its sockets, and is taken between two looks.
 */
import type { ProgramProcess } from '../sandbox/program-process';

const IDLE_MS = 700;
const LIMIT_MS = 20_000;
/** From one look to the next, on a machine that has nothing else to do. */
const LOOK_AGAIN_MS = 50;
/** A broker in a process of its own may get no processor while we look: it is given so many times as long. */
const ELSEWHERE = 3;
/** Commands of a real cluster take seconds, in which it is looked at all the same; so many looks is each worth at most. */
const LOOKS_A_QUESTION = 60;

export class Patience {
  readonly lookAgainMs: number = LOOK_AGAIN_MS;
  readonly limitMs: number;
  private readonly looksMost: number;
  private readonly deadline: number;
  private looks = 0;
  private cpuMs = -1;

  constructor(
    private readonly programs: readonly Pick<ProgramProcess, 'usage'>[],
    { idleMs = IDLE_MS, limitMs = LIMIT_MS }: { idleMs?: number; limitMs?: number },
    private readonly brokerHere = true,
  ) {
    this.looksMost = Math.ceil((idleMs * (brokerHere ? 1 : ELSEWHERE)) / LOOK_AGAIN_MS);
    this.limitMs = limitMs;
    this.deadline = performance.now() + limitMs;
  }

  /**
   * To be asked after each look; `moved`: something passed on the wire since the one before. `questionMs`: how long the question
   * took that it was for.
   */
  exhausted(moved: boolean, questionMs = 0): 'quiet' | 'late' | null {
    // Who moves need not be looked at: it takes many reads of /proc.
    this.looks = moved || this.programsWork() ? 0 : this.looks + this.worth(questionMs);
    if (this.looks >= this.looksMost) return 'quiet';
    return performance.now() >= this.deadline ? 'late' : null;
  }

  /** A grader without a processor takes long for any question: of a broker in its own process that says nothing. */
  private worth(questionMs: number): number {
    return this.brokerHere ? 1 : Math.min(Math.max(1, Math.floor(questionMs / LOOK_AGAIN_MS)), LOOKS_A_QUESTION);
  }

  /** Whether one of them has used the processor since the last question, or is ready to. */
  private programsWork(): boolean {
    const usages = this.programs.map((program) => program.usage());
    const cpuMs = usages.reduce((sum, usage) => sum + (usage?.cpuMs ?? 0), 0);
    const worked = cpuMs !== this.cpuMs || usages.some((usage) => usage !== null && !usage.idle);
    this.cpuMs = cpuMs;
    return worked;
  }
}
