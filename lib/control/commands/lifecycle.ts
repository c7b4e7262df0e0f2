/** Starting and stopping: the application inside a node that goes on answering, or the node. */
import type { Refusal } from '../cluster-control';
import { type Command, DONE, EXIT, failed, type Failure, type ReachedCall, type Result } from '../command';
import type { NodeLifecycle } from '../target';
import { refusalTerm } from './cluster';

/** Runs one step of the node's life. What the cluster refuses is told by its Erlang term. */
async function step({ node }: ReachedCall, act: (life: NodeLifecycle) => Promise<void>): Promise<Result> {
  if (node.lifecycle === undefined) return failed(EXIT.unavailable, `${node.nodename} cannot be started and stopped from here`);
  try {
    await act(node.lifecycle);
    return DONE;
  } catch (error) {
    const { message } = error as Error;
    return failed(EXIT.unavailable, 'reason' in (error as Refusal) ? refusalTerm(error as Refusal) : message);
  }
}

/** Seconds that await_startup waits. */
const STARTUP_S = 300;

const NOT_STARTED: Failure = failed(EXIT.unavailable, 'rabbit_is_not_running');

export const LIFECYCLE: readonly Command[] = [
  {
    name: 'await_startup',
    group: 'Nodes',
    usage: '',
    description: 'Waits until the node has started',
    args: [0, 0],
    needs: 'any',
    act: async ({ node, options: { timeout = STARTUP_S } }) => {
      if (node.broker !== null) return DONE;
      const started = await node.lifecycle?.whenStarted(timeout * 1000);
      return started === true ? DONE : NOT_STARTED;
    },
  },
  ...['reset', 'force_reset'].map(
    (name): Command => ({
      name,
      group: name === 'reset' ? 'Nodes' : 'Cluster',
      usage: '',
      description: 'Throws away all that the node keeps; its application must be stopped',
      args: [0, 0],
      needs: 'stopped',
      banner: ({ nodename }) => `${name === 'reset' ? 'Resetting' : 'Forcefully resetting'} node ${nodename} ...`,
      act: (call) => step(call, (life) => call.node.cluster?.leave(name === 'force_reset') ?? life.reset()),
    }),
  ),
  {
    name: 'rotate_logs',
    group: 'Nodes',
    usage: '',
    description: 'Does nothing; it is here because RabbitMQ has it',
    args: [0, 0],
    needs: 'any',
    act: () => failed(EXIT.unavailable, 'This command does not rotate logs anymore [deprecated]'),
  },
  {
    name: 'shutdown',
    group: 'Nodes',
    usage: '[--wait] [--no-wait] [--timeout <timeout>]',
    description: 'Stops the node',
    args: [0, 0],
    switches: { wait: { type: 'flag' }, 'no-wait': { type: 'flag' } },
    needs: 'any',
    act: async (call) => {
      const result = await step(call, (life) => life.stop());
      if (result.kind === 'failed' || call.options.own['no-wait']) return result;
      const { osPid, nodename } = call.node;
      const at = `RabbitMQ node ${nodename} running at PID ${osPid}`;
      // A process that stops itself has answered before it ends; the tool returns when it has ended.
      const lines = [`Shutting down ${at}`, `Waiting for PID ${osPid} to terminate`, `${at} successfully shut down`];
      return { kind: 'text', text: `${lines.join('\n')}\n` };
    },
  },
  {
    name: 'start_app',
    group: 'Nodes',
    usage: '',
    description: 'Starts the application of a node where it was stopped',
    args: [0, 0],
    needs: 'any',
    banner: ({ nodename }) => `Starting node ${nodename} ...`,
    act: (call) => (call.node.broker !== null ? DONE : step(call, (life) => life.startApp())),
  },
  {
    name: 'stop',
    group: 'Nodes',
    usage: '[--idempotent] [<pidfile>]',
    description: 'Stops the node',
    args: [0, 1],
    switches: { idempotent: { type: 'flag' } },
    needs: 'any',
    banner: ({ nodename }) => `Stopping and halting node ${nodename} ...`,
    act: (call) => step(call, (life) => life.stop()),
  },
  {
    name: 'stop_app',
    group: 'Nodes',
    usage: '',
    description: 'Stops the application of a node, which goes on answering the tools',
    args: [0, 0],
    needs: 'any',
    banner: ({ nodename }) => `Stopping rabbit application on node ${nodename} ...`,
    act: (call) => (call.node.broker === null ? DONE : step(call, (life) => life.stopApp())),
  },
];
