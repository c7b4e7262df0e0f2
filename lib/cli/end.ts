/** The end of a process: its exit code once its work is done, also if a socket is still open then. */

/** What was printed into a pipe is read before the process ends. */
export function endWith(work: Promise<number>): void {
  void work.then((exitCode) => {
    process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
  });
}
