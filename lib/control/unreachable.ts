/** What the tools say of a node that does not answer. */
import type { ControlNode, ControlTarget } from './target';

export function unreachableText(target: ControlTarget, nodename: string): string {
  const nodes = target.nodes.map((node) => `  * ${node.nodename}${isUp(node) ? ' is running' : ' does not answer'}`);
  return (
    `Error: unable to perform an operation on node '${nodename}'. Please see diagnostics information and suggestions below.\n\n` +
    `attempted to contact: [${nodename}]\n\nThe nodes here:\n${nodes.join('\n')}\n\n` +
    'Name one that is running with -n, or start the node.\n'
  );
}

function isUp({ broker, appStopped, processRuns }: ControlNode): boolean {
  return processRuns ?? (broker !== null || appStopped === true);
}
