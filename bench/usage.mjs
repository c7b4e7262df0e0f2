// What processes have used, together, read from /proc. Only Linux has that; elsewhere all answers are null.
import fs from 'node:fs';

/** /proc counts processor time in ticks of a hundredth of a second. */
const TICK_NS = 10_000_000;

/** User and system time of all threads so far, in nanoseconds. */
export const cpuNs = (pids) => total(pids, cpuNsOf);

function cpuNsOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The process name before the last ')' may hold spaces; behind it utime is field 12 and stime field 13.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_NS;
}

/** Resident memory in bytes. */
export const residentBytes = (pids) => total(pids, residentBytesOf);

function residentBytesOf(pid) {
  const line = read(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB$/m);
  return line ? Number(line[1]) * 1024 : null;
}

/**
 * Octets that the process has given to the disk so far: `write_bytes`, which counts whole pages when they are first changed, and
 * not what goes to sockets. Null as well where the process belongs to somebody else.
 */
export const diskWrittenBytes = (pids) => total(pids, diskWrittenBytesOf);

function diskWrittenBytesOf(pid) {
  const line = read(`/proc/${pid}/io`)?.match(/^write_bytes: (\d+)$/m);
  return line ? Number(line[1]) : null;
}

/** Null if one of them cannot be read. */
function total(pids, valueOf) {
  const values = pids.map(valueOf);
  return values.length === 0 || values.includes(null) ? null : values.reduce((sum, value) => sum + value);
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'EACCES') return null;
    throw error;
  }
}
