/**
 * The process in which an answer is judged: the broker, the scenario and the checks live here, so that whatever a program does
 * to them costs nobody else anything. It is asked once, over Node's IPC, answers once, and ends; `judge.cjs ready` opens its
 * compiler and tries a broker before it is asked. All its files lie in one folder, which goes with it, also if it is killed.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Guard } from '../../lab/guard';
import { Lab } from '../../lab/lab';
import { Compiler } from '../answer/compiler';
import { readExercise } from '../exercise';
import { grade } from '../grade';
import { sandboxOf, tightestSandbox } from '../sandbox/choose';
import type { Asked, Told } from './ask';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-judge-'));
process.env.TMPDIR = folder;
const guard = new Guard(folder);

function tell(told: Told): void {
  process.send?.(told);
}

/** The last word. Whatever is still open here ends with it. */
function answer(told: Told): void {
  try {
    fs.rmSync(folder, { recursive: true, force: true });
    guard.leave();
  } catch {
    // Something still writes there; the guard removes it.
  }
  if (process.send === undefined) process.exit();
  process.send(told, () => process.exit());
}

/** Without its stack: a verdict may be shown to whoever wrote the answer, and source lines of hidden checks are nobody's. */
function fault(error: unknown): void {
  answer({ fault: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
}

const compiler = new Compiler(tightestSandbox());
if (process.argv.includes('ready')) {
  compiler.open();
  // What has run once runs faster.
  Lab.start({ name: 'warm', engine: 'warren' })
    .then((lab) => lab.stop())
    .catch(() => undefined);
}

process.once('message', (asked: Asked) => {
  const { exercises, id, isolation, ...rest } = asked;
  const exercise = readExercise(exercises, id);
  const sandbox = sandboxOf(isolation);
  const ready = sandbox === tightestSandbox() ? { compiler } : {};
  grade({ ...rest, ...ready, exercise, sandbox, progress: (text) => tell({ progress: text }) }).then(
    (verdict) => answer({ verdict }),
    fault,
  );
});
process.on('uncaughtException', fault);
process.once('disconnect', () => process.exit());
