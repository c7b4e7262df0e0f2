/** Which message a sequence diagram is about: it wears the colour of its fate from its first appearance to its last. */
import type { Step } from './sequence-step';
import { lostMessages } from './sequence-steps';
import { visible } from './words';

export interface Fate {
  /** The colour of a step's message, when the picture is about that message. */
  readonly ink: (step: Step) => 'f' | 'l' | undefined;
  readonly label: string;
}

/** The picture is about the followed message, else about the lost ones. */
export function fateOf(steps: readonly Step[], follow: string | undefined): Fate {
  if (follow !== undefined) return { ink: (step) => (step.messageLabel === follow ? 'f' : undefined), label: visible(follow) };
  const lost = lostMessages(steps);
  return { ink: (step) => (step.lost || (step.message !== 0 && lost.has(step.message)) ? 'l' : undefined), label: '' };
}
