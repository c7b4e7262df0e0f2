// attack: searches the memory of every process that it sees for the source of the checks
import * as fs from 'node:fs';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    try {
      const memory = fs.openSync(`/proc/${pid}/mem`, 'r');
      for (const line of fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
        const [, from = '0', to = '0'] = /^(\w+)-(\w+) r/.exec(line) ?? [];
        const size = Math.min(Number.parseInt(to, 16) - Number.parseInt(from, 16), 1 << 24);
        if (size <= 0) continue;
        const bytes = Buffer.alloc(size);
        try {
          fs.readSync(memory, bytes, 0, size, Number.parseInt(from, 16));
        } catch {
          continue;
        }
        const found = bytes.indexOf('hidden checks');
        if (found >= 0) log(bytes.subarray(Math.max(0, found - 200), found + 400).toString('latin1'));
      }
    } catch (error) {
      log(pid, String(error));
    }
  }
}
