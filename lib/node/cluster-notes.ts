/** What a node writes down of its cluster, as a file in its folder. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { NotePad, Notes } from '../cluster/membership/notes';

const NAME = 'cluster.json';

/** A node that never joined another has no such file. */
export class ClusterNotes implements NotePad {
  private readonly file: string;

  /** `lasting`: beyond the end of this process, whatever ends it; else as long as it runs. */
  constructor(
    private readonly folder: string,
    private readonly lasting = true,
  ) {
    this.file = path.join(folder, NAME);
  }

  read(): Notes | null {
    if (!fs.existsSync(this.file)) return null;
    return JSON.parse(fs.readFileSync(this.file, 'utf8')) as Notes;
  }

  write(notes: Notes): void {
    const text = `${JSON.stringify(notes)}\n`;
    if (!this.lasting) {
      overwrite(this.file, text);
      return;
    }
    const fresh = `${this.file}.new`;
    const descriptor = fs.openSync(fresh, 'w', 0o600);
    try {
      fs.writeSync(descriptor, text);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(fresh, this.file);
    syncFolder(this.folder);
  }
}

/** In place: to cut a file off before, or to rename another to it, lets ext4 wait for the disk. */
function overwrite(file: string, text: string): void {
  const descriptor = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  try {
    fs.ftruncateSync(descriptor, fs.writeSync(descriptor, text, 0));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The new name stays. Systems that cannot sync a folder keep its names by themselves. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
