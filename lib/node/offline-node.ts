/** A node whose process is stopped, for the commands that work on its folder. */
import * as fs from 'node:fs';
import { ClusterCommands } from '../cluster/membership/cluster-commands';
import { ClusterNode } from '../cluster/cluster-node';
import type { ClusterControl, MemberFacts } from '../control/cluster-control';
import { openLogStorage } from '../storage/log-storage';
import { LiveDisk } from '../world/live-disk';
import { LiveWorld } from '../world/live';
import { ClusterNotes } from './cluster-notes';
import { FolderLock } from './folder-lock';

/** Undefined if there is no such folder. The folder is locked while its log is open. */
export function offlineNode(nodename: string, folder: string): ClusterControl | undefined {
  if (!fs.existsSync(folder)) return undefined;
  const world = new LiveWorld();
  const node = new ClusterNode(world, {
    self: nodename,
    cookie: '',
    addressOf: () => null,
    notes: new ClusterNotes(folder),
    begin: () => {
      const lock = FolderLock.take(folder, `a tool, for ${nodename}`);
      const disk = new LiveDisk(folder);
      const failed = (error: Error): never => {
        throw error;
      };
      const end = (): void => {
        disk.close();
        lock.release();
      };
      return { world, storage: openLogStorage(world, disk, { failed }), end };
    },
    broker: { nodeName: nodename },
  });
  const stopped = (): never => {
    throw new Error(`${nodename} does not run`);
  };
  return new ClusterCommands<MemberFacts>({ node, wipe: stopped, facts: stopped });
}
