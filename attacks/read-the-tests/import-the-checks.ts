// attack: has the compiler read the checks for it
/// <reference path="../../exercises/forward-without-loss/hidden.ts" />
import hidden from '../../exercises/forward-without-loss/hidden';
import messages from '../../exercises/forward-without-loss/messages.en.json';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  log(String(hidden.bounded), JSON.stringify(messages));
}
