import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { type FolderInUse, FolderLock, holderOf } from '../../../lib/node/folder-lock';
import { isAlive, processIdentity } from '../../../lib/node/process-identity';

const TYPESCRIPT = path.join(__dirname, '..', '..', '..', 'tools', 'typescript.cjs');

const ROUNDS = 60;
/** Long enough for all to have read the line. */
const MOMENT_AHEAD_MS = 5;

describe('FolderLock', () => {
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-lock-'));
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('is held by one at a time, and tells by whom', () => {
    const lock = FolderLock.take(folder, 'node a@b');
    assert.throws(
      () => FolderLock.take(folder, 'node c@d'),
      (error: FolderInUse) =>
        error.message === `${folder} is in use by node a@b, process ${process.pid}` && error.holder.who === 'node a@b',
    );
    assert.equal(holderOf(folder)?.pid, process.pid);
    lock.release();
    assert.equal(holderOf(folder), null);
    FolderLock.take(folder, 'node c@d').release();
    assert.equal(fs.readdirSync(folder).length, 1);
  });

  it('makes the folder that it locks', () => {
    const deep = path.join(folder, 'a', 'b');
    assert.equal(holderOf(deep), null);
    FolderLock.take(deep, 'me').release();
  });

  it('is taken over from a process that has ended, and from one that has the pid of another', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    const mine = processIdentity(process.pid);
    for (const holder of [
      { pid, birth: mine?.birth, who: 'one that has ended' },
      { pid: process.pid, birth: 'long ago', who: 'one whose pid was given away again' },
    ]) {
      fs.writeFileSync(path.join(folder, 'lock.7'), JSON.stringify(holder));
      FolderLock.take(folder, 'me').release();
      assert.deepEqual(fs.readdirSync(folder), ['lock.8']);
      fs.renameSync(path.join(folder, 'lock.8'), path.join(folder, 'lock.6'));
    }
  });

  it('passes over a file that was cut off by a loss of power', () => {
    fs.writeFileSync(path.join(folder, 'lock.3'), '{"pid":1,"bir');
    FolderLock.take(folder, 'me');
    assert.equal(holderOf(folder)?.who, 'me');
  });

  it('goes to one of several that try at once, after a release and after the holder was killed', async function () {
    this.timeout(60_000);
    const takers = await Promise.all(Array.from({ length: 4 }, () => Taker.start(folder)));
    try {
      for (let round = 0; takers.length > 0; round++) {
        const moment = Date.now() + MOMENT_AHEAD_MS;
        const said = await Promise.all(takers.map((taker) => taker.ask(`take ${moment}`)));
        const [winner, ...others] = takers.filter((_, i) => said[i] === 'won');
        assert.ok(winner !== undefined && others.length === 0, `round ${round}: ${said.join(', ')}`);
        assert.deepEqual(
          said.filter((word) => word !== 'won'),
          takers.slice(1).map(() => `lost to ${winner.child.pid}`),
        );
        if (round < ROUNDS) await winner.ask('release');
        else {
          await winner.kill();
          takers.splice(takers.indexOf(winner), 1);
        }
      }
    } finally {
      for (const taker of takers) await taker.kill();
    }
  });
});

describe('processIdentity', () => {
  it('tells a process from one that has ended', async () => {
    const child = spawn('sleep', ['1000']);
    await once(child, 'spawn');
    const identity = processIdentity(child.pid as number);
    assert.ok(identity !== null && isAlive(identity));
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(isAlive(identity), false);
    assert.equal(processIdentity(child.pid as number), null);
  });
});

/** A process that tries to take the lock when it is told to. */
class Taker {
  private constructor(
    readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
  ) {}

  static async start(folder: string): Promise<Taker> {
    const child = spawn(process.execPath, ['-r', TYPESCRIPT, path.join(__dirname, 'lock-taker.ts'), folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface(child.stdout as NodeJS.ReadableStream)[Symbol.asyncIterator]();
    assert.equal((await lines.next()).value, 'ready');
    return new Taker(child, lines);
  }

  async ask(line: string): Promise<string> {
    this.child.stdin?.write(`${line}\n`);
    return (await this.lines.next()).value as string;
  }

  async kill(): Promise<void> {
    const end = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await end;
  }
}
