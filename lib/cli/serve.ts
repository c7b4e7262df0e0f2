/** What `warren broker` and `warren node` share: running a node, and saying in one sentence why that cannot be. */
import { StartFailed } from '../cluster/membership/start-up';
import { FolderInUse } from '../node/folder-lock';
import { ListenFailed, LocalNode, type LocalNodeOptions } from '../node/local-node';
import { StorageDamaged } from '../storage/storage-error';
import { DiskError } from '../world/disk';
import type { Address } from '../world/world';
import { CliError, EXIT } from './subcommand';
import { untilStopped } from './until-stopped';

/**
 * Runs a node until a signal or a tool stops it, or its disk fails; resolves with the exit code. `ready` is called once it
 * serves, with the addresses. Throws CliError.
 */
export async function serve(options: LocalNodeOptions, ready: (bound: readonly Address[]) => void): Promise<number> {
  let node: LocalNode;
  let bound: readonly Address[];
  try {
    node = new LocalNode(options);
    bound = await node.start();
  } catch (error) {
    throw explained(error as Error, options);
  }
  // Before the word is out, so that whoever waits for it may stop the node at once.
  const stopped = untilStopped(node);
  ready(bound);
  const failure = await Promise.race([stopped, node.ended, node.fallen]);
  if (failure === undefined) return EXIT.ok;
  const words = `${failure.message}. The disk cannot be trusted any more, so the node is down; what it had confirmed is kept.`;
  throw new CliError(EXIT.failed, words);
}

export function amqpAddress({ host, port }: Address, secured = false): string {
  return `${secured ? 'amqps' : 'amqp'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function explained(error: Error, { nodename, dataFolder, runtime }: LocalNodeOptions): Error {
  if (error instanceof ListenFailed) return listenError(error);
  if (error instanceof StartFailed) return new CliError(EXIT.failed, error.report);
  if (error instanceof StorageDamaged) {
    return new CliError(EXIT.damaged, error.message.replace('<folder>', dataFolder ?? '<folder>'));
  }
  if (error instanceof DiskError) return new CliError(EXIT.failed, `The folder ${dataFolder} cannot be used: ${error.message}.`);
  if (!(error instanceof FolderInUse)) return error;
  const { pid, who } = error.holder;
  if (error.folder === runtime?.nodeFolder(nodename)) {
    const words = `A ${who} runs already: process ${pid}. Stop it first, or choose another name (RABBITMQ_NODENAME, --name).`;
    return new CliError(EXIT.unavailable, words);
  }
  const words = `The folder ${dataFolder} is in use by ${who}, process ${pid}. Stop that one first, or give another folder.`;
  return new CliError(EXIT.unavailable, words);
}

function listenError({ at: { host, port }, reason }: ListenFailed): CliError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on ${host} is in use; stop what listens there, or choose another one with --port.`,
    EACCES: `Port ${port} needs more rights than this process has; choose one above 1023 with --port.`,
    EADDRNOTAVAIL: `This machine has no address ${host}; choose one that it has with --host.`,
    ENOTFOUND: `The host name ${host} is not known; choose an address of this machine with --host.`,
  };
  return new CliError(EXIT.unavailable, reasons[reason.code ?? ''] ?? `Cannot listen on ${host}:${port}: ${reason.message}`);
}
