/** What an answer that is a module or a function is given. `lib/inside/program.cjs` makes it. */
import type * as amqp from 'amqplib';

export interface AnswerContext {
  /** The client library, as `import amqp from 'amqplib'` gives it. */
  readonly amqp: typeof amqp;
  /** Address of the broker for this program's own user. */
  readonly url: string;
  /** What the exercise's statement names: exchanges, queues, numbers; as text. */
  readonly env: Readonly<Record<string, string>>;
  /** Prints; seen by whoever wrote the answer. */
  readonly log: (...words: readonly unknown[]) => void;
  /** Aborted when the program is told to end. */
  readonly signal: AbortSignal;
}

export type AnswerFunction = (context: AnswerContext) => unknown;
