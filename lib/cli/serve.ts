/** What `warren broker` and `warren node` share: opening a node, saying in one sentence why that cannot be, serving. */
import { ConfigurationError } from './rabbitmq-conf';
import { FolderInUse } from '../node/folder-lock';
import { ListenFailed, LocalNode, type LocalNodeOptions } from '../node/local-node';
import { StorageDamaged } from '../storage/storage-error';
import { DiskError } from '../world/disk';
import type { Address, TlsOptions } from '../world/world';
import { CliError, EXIT } from './subcommand';
import { untilStopped } from './until-stopped';

/** Throws CliError. */
export function openNode(options: LocalNodeOptions): LocalNode {
  try {
    return new LocalNode(options);
  } catch (error) {
    throw explained(error as Error, options);
  }
}

/** Throws CliError. */
export async function listen(node: LocalNode, at: Address, options: LocalNodeOptions, tls?: TlsOptions): Promise<Address> {
  try {
    return await node.listen(at, tls);
  } catch (error) {
    node.kill();
    throw explained(error as Error, options);
  }
}

/** Until a signal stops the node or its disk fails; resolves with the exit code. */
export async function serve(node: LocalNode): Promise<number> {
  const failure = await Promise.race([untilStopped(node), node.fallen]);
  if (failure === undefined) return EXIT.ok;
  throw diskFailed(failure);
}

export function amqpAddress({ host, port }: Address, secured = false): string {
  return `${secured ? 'amqps' : 'amqp'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function diskFailed(error: Error): CliError {
  const words = `${error.message}. The disk cannot be trusted any more, so the node is down; what it had confirmed is kept.`;
  return new CliError(EXIT.failed, words);
}

function explained(error: Error, { nodename, dataFolder, runtime }: LocalNodeOptions): Error {
  if (error instanceof ListenFailed) return listenError(error);
  if (error instanceof ConfigurationError) return new CliError(EXIT.configuration, `${error.message}.`);
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
