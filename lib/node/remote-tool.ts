/**
 * RabbitMQ's tools for nodes that are processes of their own: find the node that a line means, run it there, hand on what comes
 * back. What needs no node (help, a line that is wrong) is answered here, by the same code.
 */
import { parse } from '../control/grammar';
import type { Output } from '../control/output';
import { type ControlNode, type ControlTarget, findNode } from '../control/target';
import { runTool } from '../control/tool';
import { ControlClient, NodeUnreachable } from './control-client';
import type { ToolCall } from './control-wire';
import { completeNodeName } from './node-name';
import type { RuntimeFolder } from './runtime-folder';

/** `names`: full names of nodes that may be meant, the default one first. Resolves with the exit code. */
export async function runRemotely(
  runtime: RuntimeFolder,
  names: readonly string[],
  call: ToolCall,
  onOutput: (piece: Partial<Output>) => void,
): Promise<number> {
  const wanted = parse(call.args).options.node;
  const nodes = new SilentNodes([...names, ...(wanted === undefined ? [] : [completeNodeName(wanted)])]);
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

/** Nodes none of which answers, and whether somebody wanted one to. */
class SilentNodes {
  asked = false;
  readonly target: ControlTarget;

  constructor(names: readonly string[]) {
    this.target = { nodes: [...new Set(names)].map((name) => this.node(name)), now: () => 0 };
  }

  private node(nodename: string): ControlNode {
    const ask = (): null => {
      this.asked = true;
      return null;
    };
    return {
      name: nodename.split('@', 1)[0] as string,
      nodename,
      get broker() {
        return ask();
      },
      port: 0,
      osPid: 0,
      uptimeMs: 0,
      version: '',
    };
  }
}
