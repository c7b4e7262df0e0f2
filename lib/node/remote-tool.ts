/**
 * RabbitMQ's tools for nodes that are processes of their own: find the node that a line means, run it there, hand on what comes
 * back. What needs no node (help, a line that is wrong) is answered here, by the same code.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from '../control/grammar';
import type { Output } from '../control/output';
import { type ControlNode, type ControlTarget, findNode, type Watch } from '../control/target';
import { runTool } from '../control/tool';
import { ControlClient, NodeUnreachable } from './control-client';
import { filesSeenFrom } from './control-files';
import type { ToolCall } from './control-wire';
import { completeNodeName } from './node-name';
import { offlineNode } from './offline-node';
import { processIdentity } from './process-identity';
import type { RuntimeFolder } from './runtime-folder';

/**
 * `names`: full names of nodes that may be meant, the default one first. `folderOf`: where a node keeps its data, for commands
 * about one that is stopped; null where nobody knows. Resolves with the exit code.
 */
export async function runRemotely(
  runtime: RuntimeFolder,
  names: readonly string[],
  call: ToolCall,
  folderOf: (nodename: string) => string | null,
  onOutput: (piece: Partial<Output>) => void,
): Promise<number> {
  const wanted = parse(call.args).options.node;
  const watch = watchOver(runtime, call);
  const nodes = new SilentNodes([...names, ...(wanted === undefined ? [] : [completeNodeName(wanted)])], call, watch, folderOf);
  // Without nodes that answer, the tool says what it says when there are none, unless it did not come so far as to ask.
  const { exitCode, ...output } = await runTool(call.tool, call.args, nodes.target);
  const node = findNode(nodes.target, wanted);
  if (nodes.asked && node !== null && runtime.holder(node.nodename) !== null) {
    try {
      return await new ControlClient(runtime, node.nodename).run(call, onOutput);
    } catch (error) {
      if (!(error instanceof NodeUnreachable)) throw error;
    }
  }
  onOutput(output);
  return exitCode;
}

/** What can be seen of nodes from outside. */
function watchOver(runtime: RuntimeFolder, call: ToolCall): Watch {
  return {
    isAlive: (pid) => processIdentity(pid) !== null,
    answers: (nodename) => runtime.holder(nodename) !== null,
    pause: (ms) => delay(ms),
    whenStarted: async (nodename, limitMs) => {
      const args = ['await_startup', '-n', nodename, '--timeout', String(Math.max(1, Math.ceil(limitMs / 1000)))];
      try {
        return (await new ControlClient(runtime, nodename).run({ ...call, tool: 'rabbitmqctl', args }, () => undefined)) === 0;
      } catch (error) {
        if (error instanceof NodeUnreachable) return false;
        throw error;
      }
    },
  };
}

/** Nodes none of which answers, and whether somebody wanted one to. */
class SilentNodes {
  asked = false;
  readonly target: ControlTarget;

  constructor(
    names: readonly string[],
    { folder }: ToolCall,
    watch: Watch,
    private readonly folderOf: (nodename: string) => string | null,
  ) {
    const nodes = [...new Set(names)].map((name) => this.node(name, watch.answers(name)));
    this.target = { nodes, now: () => 0, files: filesSeenFrom(folder), watch };
  }

  private node(nodename: string, processRuns: boolean): ControlNode {
    const ask = (): null => {
      this.asked = true;
      return null;
    };
    const folder = processRuns ? null : this.folderOf(nodename);
    return {
      name: nodename.split('@', 1)[0] as string,
      nodename,
      get broker() {
        return ask();
      },
      get cluster() {
        return folder === null ? undefined : offlineNode(nodename, folder);
      },
      ...(folder === null ? {} : { places: { data: folder } }),
      processRuns,
      listeners: [],
      osPid: 0,
      uptimeMs: 0,
      version: '',
    };
  }
}
