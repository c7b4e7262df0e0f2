// A process of folder-lock.test.ts. `take TIME` makes it try for the lock of the folder at that moment (milliseconds since
// 1970, so that several try at once) and say how that went; `release` gives the lock back.
import { createInterface } from 'node:readline';
import { FolderInUse, FolderLock } from '../../../lib/node/folder-lock';

const [folder = ''] = process.argv.slice(2);
let lock: FolderLock | null = null;

function take(moment: number): string {
  while (Date.now() < moment);
  try {
    lock = FolderLock.take(folder, `taker ${process.pid}`);
    return 'won';
  } catch (error) {
    return error instanceof FolderInUse ? `lost to ${error.holder.pid}` : String(error);
  }
}

createInterface(process.stdin).on('line', (line) => {
  const [verb, moment] = line.split(' ');
  if (verb === 'take') console.log(take(Number(moment)));
  else {
    lock?.release();
    console.log('released');
  }
});
console.log('ready');
