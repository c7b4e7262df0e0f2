/** Outcomes as lines of text, for whoever ran the claims. */
import type { EngineName } from './engine';
import type { Outcome } from './runner';

type Failure = Error & { actual?: unknown; expected?: unknown };

/** What is to be said of the outcome; null if the claim held at once. */
export function told(engine: EngineName, { claim, failure, firstFailure }: Outcome): string | null {
  if (failure !== null) return `${engine}: FAIL ${claim.id}: ${inOneLine(failure)}`;
  if (!firstFailure) return null;
  return `${engine}: ${claim.id} held when asked alone (first: ${inOneLine(firstFailure)})`;
}

/** What was expected and what came, and the line of the claim that says so. */
function inOneLine(failure: Failure): string {
  const at = /\/(\w[\w.-]*\.claims\.ts:\d+)/.exec(failure.stack ?? '')?.[1];
  const values =
    'expected' in failure && 'actual' in failure ? ` [expected ${show(failure.expected)}, actual ${show(failure.actual)}]` : '';
  return `${(failure.message.split('\n')[0] as string).trim()}${values}${at === undefined ? '' : ` (${at})`}`;
}

function show(value: unknown): string {
  const text = value instanceof RegExp ? String(value) : JSON.stringify(value);
  return text === undefined ? 'undefined' : text.length > 400 ? `${text.slice(0, 400)}...` : text;
}
