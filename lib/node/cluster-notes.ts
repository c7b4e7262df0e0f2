/** What a node writes down of its cluster, as a file in its folder. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { NotePad, Notes } from '../cluster/notes';

const NAME = 'cluster.json';

/** A node that never joined another has no such file. */
export class ClusterNotes implements NotePad {
  private readonly file: string;

  /** `synced`: what was written outlives the machine, too; a folder that goes with its process does not need that. */
  constructor(
    private readonly folder: string,
    private readonly synced = true,
  ) {
    this.file = path.join(folder, NAME);
  }

  read(): Notes | null {
    if (!fs.existsSync(this.file)) return null;
    return JSON.parse(fs.readFileSync(this.file, 'utf8')) as Notes;
  }

  write(notes: Notes): void {
    const fresh = `${this.file}.new`;
    const descriptor = fs.openSync(fresh, 'w', 0o600);
    try {
      fs.writeSync(descriptor, `${JSON.stringify(notes)}\n`);
      if (this.synced) fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(fresh, this.file);
    if (this.synced) syncFolder(this.folder);
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
