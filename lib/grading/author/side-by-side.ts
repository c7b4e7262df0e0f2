/** Does several things at a time, and gives what comes of them in their order, each as soon as those before it are known. */
export async function* sideBySide<T>(jobs: readonly (() => Promise<T>)[], atOnce: number): AsyncGenerator<T> {
  const under: Promise<T>[] = [];
  let running = 0;
  const waiting: (() => void)[] = [];
  for (const job of jobs) {
    const free = running++ < atOnce ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve));
    const done = free.then(job);
    const next = (): void => waiting.shift()?.();
    done.then(next, next);
    under.push(done);
  }
  for (const done of under) yield await done;
}
