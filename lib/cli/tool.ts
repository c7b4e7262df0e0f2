/** `rabbitmqctl` and its family as programs of their own, for the nodes of this user. */
import type { ToolName } from '../control/command';
import { inputWanted } from '../control/tool';
import { defaultNodeName } from '../node/node-name';
import { runRemotely } from '../node/remote-tool';
import { RuntimeFolder } from '../node/runtime-folder';
import { readInput } from './input';
import { dataFolderOf } from './node-settings';

/** Runs `TOOL WORDS`, printing what it says, and resolves with its exit code. */
export async function tool(name: ToolName, args: readonly string[]): Promise<number> {
  const runtime = RuntimeFolder.open();
  const wanted = inputWanted(name, args);
  const input = wanted === null ? '' : await readInput(process.stdin, wanted);
  const call = { tool: name, args, folder: process.cwd(), input };
  const names = [defaultNodeName(), ...runtime.running()];
  const folderOf = (nodename: string): string => dataFolderOf(nodename, process.env);
  return runRemotely(runtime, names, call, folderOf, ({ stdout = '', stderr = '' }) => {
    process.stdout.write(stdout);
    process.stderr.write(stderr);
  });
}
