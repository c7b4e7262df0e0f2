/** `warren repair`: makes a damaged folder of a node readable again, and says what was lost. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { FolderInUse, FolderLock } from '../node/folder-lock';
import { type Repaired, repair } from '../storage/repair';
import { DiskError } from '../world/disk';
import { LiveDisk } from '../world/live-disk';
import { readOptions } from './options';
import { CliError, EXIT, type Subcommand, usageError } from './subcommand';

export const REPAIR_COMMAND: Subcommand = {
  name: 'repair',
  usage: '--data <folder>',
  description: 'makes the damaged folder of a node readable again, and says what was lost',
  details: ['--data  folder of the node, which must not run; what is damaged is overwritten, so copy the folder first'],
  run: async (args) => {
    const { data } = readOptions(args, ['data']);
    if (data === undefined) throw usageError('--data must name the folder of a node.');
    const folder = path.resolve(data);
    if (!fs.existsSync(folder)) throw new CliError(EXIT.noInput, `There is no folder ${folder}.`);
    const lock = lockOf(folder);
    try {
      const repaired = await mended(folder);
      for (const line of repaired.flatMap(told)) console.log(line);
      if (repaired.length === 0) console.log(`Nothing in ${folder} is damaged.`);
    } finally {
      lock.release();
    }
    return EXIT.ok;
  },
};

function lockOf(folder: string): FolderLock {
  try {
    return FolderLock.take(folder, 'warren repair');
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error;
    const { who, pid } = error.holder;
    throw new CliError(EXIT.unavailable, `The folder ${folder} is in use by ${who}, process ${pid}. Stop that one first.`);
  }
}

async function mended(folder: string): Promise<readonly Repaired[]> {
  const disk = new LiveDisk(folder);
  try {
    return await new Promise((resolve, reject) => {
      repair(disk, (error, repaired) => (error === null ? resolve(repaired) : reject(error)));
    });
  } catch (error) {
    if (error instanceof DiskError) throw new CliError(EXIT.failed, `The folder ${folder} cannot be repaired: ${error.message}.`);
    throw error;
  } finally {
    disk.close();
  }
}

function told({ file, at, octets, known, messages }: Repaired): string[] {
  const where = `${file}: ${octets} octets from octet ${at} on could not be read.`;
  if (!known)
    return [`${where} Nobody knows what they were: messages and definitions may be missing, acknowledged messages may be back.`];
  const lost = messages.map(({ vhost, queue, count }) => `  ${count} of queue '${queue}' in vhost '${vhost}'`);
  return lost.length === 0 ? [`${where} No message was in them.`] : [`${where} Messages that are lost:`, ...lost];
}
