/**
 * The promise that nothing of a lab stays behind. A *guard*, a shell of ten lines, knows a folder and the process groups that
 * stand on it. It reads from a pipe of which this process has the other end: however this process ends, kill -9 included, the
 * pipe closes, and the guard kills the groups and removes the folder. So there is no signal or exit handler to be bypassed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type * as net from 'node:net';

/** Lines in: `start GROUP`, `end GROUP`, `leave`. End of input without `leave` means that the parent died. $1: folder. */
const GUARD = `
groups=
while read -r verb group; do
  case $verb in
    start) groups="$groups $group" ;;
    end) kept=; for g in $groups; do [ "$g" = "$group" ] || kept="$kept $g"; done; groups=$kept ;;
    leave) exit 0 ;;
  esac
done
for g in $groups; do kill -s KILL -- "-$g"; done
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
`;

export class Guard {
  readonly #input: net.Socket | null;

  constructor(folder: string) {
    const guard = spawn('/bin/sh', ['-c', GUARD, 'guard', folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    // Without the guard (no sh here, or somebody killed it) a lab still serves; it only loses this insurance.
    guard.on('error', () => undefined);
    guard.unref();
    this.#input = guard.stdin as net.Socket | null;
    this.#input?.unref();
    this.#input?.on('error', () => undefined);
  }

  /** Kills the process group of `child` (group id = its pid) if this process ends before it does. */
  watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#tell(`start ${pid}`);
    child.once('exit', () => this.#tell(`end ${pid}`));
  }

  /** There is nothing to guard any more. */
  leave(): void {
    this.#tell('leave');
    this.#input?.end();
  }

  #tell(line: string): void {
    if (this.#input?.writable) this.#input.write(`${line}\n`);
  }
}
