/** What is being done, told only to who has waited for a second: a verdict that comes sooner needs no words before it. */
import { words } from './words';

const PATIENCE_MS = 1000;

export interface LateProgress {
  /** What is being done from now on. */
  tell(what: string): void;
  /** Nothing is said after it. */
  end(): void;
}

export function lateProgress(say: (text: string) => void, patienceMs: number = PATIENCE_MS): LateProgress {
  let what = '';
  let late = false;
  const speak = (): void => (what === '' ? undefined : say(words('progress.waiting', { what })));
  const alarm = setTimeout(() => {
    late = true;
    speak();
  }, patienceMs);
  return {
    tell: (next) => {
      what = next;
      if (late) speak();
    },
    end: () => clearTimeout(alarm),
  };
}
