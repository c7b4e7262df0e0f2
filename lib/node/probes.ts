/** What a node process measures of its machine for the memory and disk alarms. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { ResourceProbes } from '../broker/resource-monitor';

/** `folder`: on the file system whose room counts. */
export function machineProbes(folder: string): ResourceProbes {
  return {
    memoryTotal: memoryLimit(),
    memoryUsed: () => process.memoryUsage.rss(),
    diskFree: () => {
      const { bavail, bsize } = fs.statfsSync(folder);
      return bavail * bsize;
    },
  };
}

/** Octets for ready messages; what exceeds them goes to the disk. An eighth of the memory, a quarter of the heap at most. */
export function messageMemory(): number {
  return Math.floor(Math.min(memoryLimit() / 8, getHeapStatistics().heap_size_limit / 4));
}

/** Octets: the machine's memory, or what a container allows of it. */
function memoryLimit(): number {
  const allowed = process.constrainedMemory();
  return allowed === undefined || allowed === 0 ? os.totalmem() : Math.min(allowed, os.totalmem());
}
