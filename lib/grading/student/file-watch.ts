/**
 * Tells when a file was saved. Where events of the file system do not come (network folders, containers, too many watches), the
 * file is looked at again and again instead, and that is said: a watch that silently does nothing is worse than none.
 */
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** An event of our own making that has not come after so long will not come. */
const PROBE_MS = 1500;
const LOOK_AGAIN_MS = 500;
/** Editors write a file in several steps. */
const SETTLE_MS = 80;

export interface FileWatchOptions {
  /** Called when the content is another one than before. */
  readonly onSave: () => void;
  /** Called once if there are no events. */
  readonly onPolling: () => void;
  /** As `fs.watch` of a folder. */
  readonly watch?: (folder: string, heard: () => void) => fs.FSWatcher;
  readonly probeMs?: number;
  readonly lookAgainMs?: number;
}

export class FileWatch {
  private seen: string;
  private watcher: fs.FSWatcher | null = null;
  private polling: NodeJS.Timeout | undefined;
  private settling: NodeJS.Timeout | undefined;
  private probing: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly file: string,
    private readonly options: FileWatchOptions,
  ) {
    this.seen = this.content();
    const watch = options.watch ?? ((folder, heard) => fs.watch(folder, heard));
    try {
      this.watcher = watch(path.dirname(file), () => this.heard());
      this.watcher.on('error', () => this.poll());
      this.probe();
    } catch {
      this.poll();
    }
  }

  close(): void {
    this.closed = true;
    this.watcher?.close();
    for (const timer of [this.settling, this.probing]) clearTimeout(timer);
    clearInterval(this.polling);
  }

  /** Makes an event, to see whether it comes. */
  private probe(): void {
    const { probeMs = PROBE_MS } = this.options;
    const probe = path.join(path.dirname(this.file), `.watch-${process.pid}`);
    this.probing = setTimeout(() => this.poll(), probeMs);
    fs.writeFileSync(probe, '');
    fs.rmSync(probe, { force: true });
  }

  private heard(): void {
    if (this.closed) return;
    clearTimeout(this.probing);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.look(), SETTLE_MS);
  }

  private poll(): void {
    if (this.closed || this.polling !== undefined) return;
    this.watcher?.close();
    clearTimeout(this.probing);
    this.polling = setInterval(() => this.look(), this.options.lookAgainMs ?? LOOK_AGAIN_MS);
    this.options.onPolling();
  }

  private look(): void {
    const content = this.content();
    // Between two steps of an editor the file is missing or empty.
    if (content === this.seen || content === '') return;
    this.seen = content;
    this.options.onSave();
  }

  /** A digest; '' of a file that is missing or empty. */
  private content(): string {
    try {
      const bytes = fs.readFileSync(this.file);
      return bytes.length === 0 ? '' : crypto.createHash('sha256').update(bytes).digest('hex');
    } catch {
      return '';
    }
  }
}
