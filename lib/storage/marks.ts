/**
 * What the folder of a log says besides the log itself: two facts, each in the name of an empty file, so that there is nothing in
 * it that could rot. Each stays true once it is, so an older one beside it does no harm; the highest counts.
 *
 *   0000000000001234.from   nothing below LSN 1234 is needed: the first segment begins there, or before
 *   0000000000001234.upto   everything below LSN 1234 was on disk, so what is missing there was not taken by a crash
 *
 * Without the first, a log begins at 0.
 */
import type { Disk, DiskError } from '../world/disk';
import { lsnName, lsnsOf } from './format';

export interface Marks {
  readonly from: number;
  readonly upto: number;
}

type Kind = keyof Marks;

/** Throws `DiskError`. */
export function readMarks(disk: Disk): Marks {
  return { from: highest(disk, 'from'), upto: highest(disk, 'upto') };
}

/** Makes a fact stay. What it says must be true already. */
export function mark(disk: Disk, kind: Kind, lsn: number, done: (error: DiskError | null) => void): void {
  try {
    // One that an earlier process made may not be safe yet.
    if (lsn > highest(disk, kind)) disk.create(lsnName(lsn, kind)).close();
  } catch (error) {
    done(error as DiskError);
    return;
  }
  disk.syncNames((error) => done(error ?? removeOlder(disk, kind, lsn)));
}

/** They may come back with a crash. */
function removeOlder(disk: Disk, kind: Kind, lsn: number): DiskError | null {
  try {
    for (const known of lsnsOf(disk, kind)) if (known < lsn) disk.remove(lsnName(known, kind));
    return null;
  } catch (error) {
    return error as DiskError;
  }
}

function highest(disk: Disk, kind: Kind): number {
  return Math.max(0, ...lsnsOf(disk, kind));
}
