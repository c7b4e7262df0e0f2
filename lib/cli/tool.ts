/**
 * `rabbitmqctl` and its family as programs of their own: find the node, run the command in its process, print what comes back.
 * What needs no node (help, a line that is wrong) is answered here, by the same code.
 */
import { parse } from '../control/grammar';
import type { Output } from '../control/output';
import { type ControlNode, type ControlTarget, findNode } from '../control/target';
import { ControlClient, NodeUnreachable } from '../node/control-client';
import { completeNodeName, defaultNodeName } from '../node/node-name';
import { RuntimeFolder } from '../node/runtime-folder';
import { runTool } from '../node/tools';

/** Runs `TOOL WORDS` and resolves with its exit code. */
export async function tool(name: string, args: readonly string[]): Promise<number> {
  const runtime = RuntimeFolder.open();
  const wanted = parse(args).options.node;
  const nodes = new Nodes([defaultNodeName(), ...(wanted === undefined ? [] : [completeNodeName(wanted)]), ...runtime.running()]);
  // Without nodes that answer, the tool says what it says when there are none, unless it did not come so far as to ask.
  const alone = runTool(name, args, nodes.target);
  const node = findNode(nodes.target, wanted);
  if (!nodes.asked || node === null || runtime.holder(node.nodename) === null) return print(alone);
  try {
    return await new ControlClient(runtime, node.nodename).run(name, args, (piece) => {
      process.stdout.write(piece.stdout ?? '');
      process.stderr.write(piece.stderr ?? '');
    });
  } catch (error) {
    if (error instanceof NodeUnreachable) return print(alone);
    throw error;
  }
}

/** The nodes that a tool can know of, none of which answers; and whether it wanted one to. */
class Nodes {
  asked = false;
  readonly target: ControlTarget;

  constructor(names: readonly string[]) {
    this.target = { nodes: [...new Set(names)].map((name) => this.unanswering(name)), now: () => 0 };
  }

  private unanswering(nodename: string): ControlNode {
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

function print({ exitCode, stdout, stderr }: Output): number {
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return exitCode;
}
