/** Which segments of a log should be in its folder and are not. */
import type { Disk } from '../world/disk';
import { lsnsOf, segmentName } from './format';
import type { Marks } from './marks';
import { SegmentWalk } from './segment-walk';

/**
 * LSNs at which a segment should begin: where the log begins, where there is an index, and wherever one file ends with a whole
 * block and what follows is not there. A file that was cut between two blocks looks like that, too. Throws `DiskError`.
 */
export function missingSegments(disk: Disk, { from, upto }: Marks): number[] {
  const starts = lsnsOf(disk, 'log');
  const wanted = lsnsOf(disk, 'idx').filter((start) => start >= from);
  if (starts.length > 0 || from > 0 || upto > 0) wanted.push(Math.min(from, starts[0] ?? from));
  for (const [i, start] of starts.entries()) {
    const end = start + disk.size(segmentName(start));
    if (end < (starts[i + 1] ?? upto) && endsWhole(disk, start, end)) wanted.push(end);
  }
  return [...new Set(wanted)].filter((start) => !starts.includes(start)).sort((a, b) => a - b);
}

function endsWhole(disk: Disk, start: number, end: number): boolean {
  const walk = new SegmentWalk(disk, start, end);
  while (!walk.done) if (walk.next() === null) return false;
  return end > start;
}
