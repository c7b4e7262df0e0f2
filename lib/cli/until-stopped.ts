/** A process that serves until it is told to stop. */

/** A client that does not take its connection.close must not keep a node from stopping. */
const STOP_TIMEOUT_MS = 5000;
const PARENT_LOOK_MS = 200;

export interface Stoppable {
  stop(): Promise<void>;
  kill(): void;
}

/** Resolves when a signal has stopped the node. A second signal, or a client that does not let go, ends it hard. */
export function untilStopped(node: Stoppable): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      const kill = (): void => {
        node.kill();
        resolve();
      };
      if (asked) {
        kill();
        return;
      }
      asked = true;
      const deadline = setTimeout(kill, STOP_TIMEOUT_MS);
      void node.stop().then(() => {
        clearTimeout(deadline);
        resolve();
      });
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    whenNpxIsGone(onSignal);
  });
}

/**
 * npx hands a SIGTERM to the shell between it and us, and that shell dies without passing it on. So a node that npx started
 * looks whether its parent has changed.
 */
function whenNpxIsGone(stop: () => void): void {
  if (process.env.npm_command !== 'exec') return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, PARENT_LOOK_MS);
  timer.unref();
}
