import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { askForVerdict } from '../../../lib/grading/process/ask';
import { BUBBLEWRAP, bubblewrapWorks } from '../../../lib/grading/sandbox/bubblewrap';
import { INSIDE, layoutOf } from '../../../lib/grading/sandbox/layout';
import { Lines } from '../../../lib/grading/sandbox/lines';
import { NAMESPACES, namespacesWork } from '../../../lib/grading/sandbox/namespaces';
import { COURSE_FOLDER } from '../../../lib/grading/sandbox/places';
import { ProgramProcess } from '../../../lib/grading/sandbox/program-process';
import type { Limits, SandboxKind } from '../../../lib/grading/sandbox/sandbox';
import { systemCallFilter } from '../../../lib/grading/sandbox/seccomp';

const LIMITS: Limits = { cpuMs: 8000, wallMs: 20_000, memoryMiB: 256, processes: 30, outputBytes: 64 << 10 };

const TYPESCRIPT = path.join(COURSE_FOLDER, 'tools', 'typescript.cjs');

/** Only kinds that isolate are tried: these programs do harm where nothing holds them. */
const KINDS: readonly (readonly [SandboxKind, () => boolean])[] = [
  [BUBBLEWRAP, bubblewrapWorks],
  [NAMESPACES, namespacesWork],
];

for (const [kind, works] of KINDS) {
  describe(`sandbox: ${kind.isolation}`, function () {
    this.timeout(30_000);
    let folder = '';

    before(function () {
      if (!works()) this.skip();
    });
    beforeEach(() => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-sandbox-'));
      fs.chmodSync(folder, 0o755);
    });
    afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

    const started = (script: string): ProgramProcess => {
      const room = kind.open({ answer: folder, readable: [], ahead: [] }, LIMITS);
      return new ProgramProcess('program', room, { command: ['/bin/sh', '-c', script], env: { A: '1' }, url: 'PORT' }, LIMITS);
    };
    const output = async (script: string): Promise<string> => {
      const program = started(script);
      await program.ended;
      return program.fate.output;
    };

    it('shows nothing of the machine but its programs', async () => {
      const told = await output(`ls -d ${COURSE_FOLDER} ${os.homedir()} /root /home /run /var /etc/* 2>/dev/null; env`);
      const lines = told.split('\n').filter((line) => line !== '' && !line.startsWith('PWD=') && !line.startsWith('AMQP_URL='));
      assert.deepEqual(lines.sort(), ['/etc/alternatives', '/etc/ld.so.cache', 'A=1', `PATH=${INSIDE.path}`]);
    });

    it('lets nothing be written but what is thrown away', async () => {
      assert.equal(
        await output('for f in /x /dev/x /box/x /box/answer/x /box/runner/x /usr/x; do : > $f; done 2>/dev/null; ls /tmp'),
        '',
      );
      assert.deepEqual(fs.readdirSync(folder), []);
    });

    it('gives no rights, and no namespaces in which there are some', async () => {
      const nested = kind === NAMESPACES && process.getuid?.() === 0 ? ':' : 'unshare --user --map-root-user echo inside';
      const told = await output(`grep -h Cap /proc/self/status; ${nested} 2>/dev/null`);
      const rights = told.trim().split('\n');
      assert.equal(rights.length, 5, told);
      for (const line of rights) assert.match(line, /^Cap\w+:\s0+$/);
    });

    it('has a network of its own', async () => {
      assert.match(await output('cat /proc/net/dev'), /^[^:]*\blo:[^:]*$/);
    });

    it('ends what a program has left behind, as soon as the program is stopped', async () => {
      const program = started(
        '(setsid sh -c "trap : TERM; while :; do sleep 1; done" &) ; trap "" TERM; while :; do sleep 1; done',
      );
      await until(() => processesIn(folder).length >= 4);
      await program.stop();
      await until(() => processesIn(folder).length === 0);
      assert.equal(program.fate.state, 'stopped');
    });

    it('does not wait for a daemon that holds its pipes', async () => {
      assert.equal(await output('echo here; (setsid sleep 1000 &)'), 'here\n');
      await until(() => processesIn(folder).length === 0);
    });

    it('dies with the process that opened it', async () => {
      const grader = fork(path.join(__dirname, 'sandbox-owner.ts'), [kind.isolation, folder], { execArgv: ['-r', TYPESCRIPT] });
      await until(() => processesIn(folder).length >= 3);
      grader.kill('SIGKILL');
      await until(() => processesIn(folder).length === 0);
    });

    it('ends a program that starts more processes than it may', async () => {
      // 127 of them: beyond what may be, and within what the kernel allows, so that the watch sees them.
      const program = started('f() { [ $1 = 0 ] && sleep 20 || { f $(($1 - 1)) & f $(($1 - 1)); }; }; f 6');
      await program.ended;
      await until(() => processesIn(folder).length === 0);
      assert.equal(program.excess?.limit, 'processes');
    });
  });
}

describe('sandbox', () => {
  it('covers the course where a folder that is shown would show it', () => {
    const covered = (readable: string[], course: string) => layoutOf({ answer: '/a', readable }, course).covered;
    assert.deepEqual(covered([], '/usr/share/course'), ['/usr/share/course']);
    assert.deepEqual(covered(['/home/u'], '/home/u/course'), ['/home/u/course']);
    assert.deepEqual(covered(['/home/u/course'], '/home/u/course'), ['/home/u/course']);
    assert.deepEqual(covered(['/home/u/course/.venv'], '/home/u/course'), []);
    assert.deepEqual(covered([], '/usrlocal/course'), []);
  });

  it('shows a folder of the course that is asked for by name, after the course is covered', () => {
    const { first, last } = layoutOf({ answer: '/a', readable: ['/usr/c/.venv', '/opt/py'] }, '/usr/c');
    assert.deepEqual(first, [['/opt/py', '/opt/py']]);
    assert.ok(last.some(([outside]) => outside === '/usr/c/.venv'));
  });

  it('refuses system calls that lead out, and no others', () => {
    const filter = systemCallFilter('x64') as Buffer;
    const x64 = 0xc000003e;
    const allowed = 0x7fff0000;
    assert.equal(judged(filter, x64, 0), allowed, 'read');
    assert.equal(judged(filter, x64, 272), 0x50001, 'unshare');
    assert.equal(judged(filter, x64, 56, 0x11), allowed, 'fork');
    assert.equal(judged(filter, x64, 56, 0x10000011), 0x50001, 'a new user namespace');
    assert.equal(judged(filter, x64, 435), 0x50026, 'clone3');
    assert.equal(judged(filter, x64, 41, 2), allowed, 'inet');
    assert.equal(judged(filter, x64, 41, 16), allowed, 'netlink');
    assert.equal(judged(filter, x64, 41, 40), 0x50061, 'vsock');
    assert.equal(judged(filter, x64, 0x40000000), 0x50026, 'x32');
    assert.equal(judged(filter, 0x40000003, 0), 0x50026, 'i386');
    assert.equal(systemCallFilter('sparc'), null);
  });

  it('cuts lines, and holds no more than is allowed', () => {
    const seen: string[] = [];
    const lines = new Lines(10, (line) => seen.push(line));
    for (const chunk of ['a', 'b\nc\n', 'd\n', 'e\n', 'f\n']) lines.take(Buffer.from(chunk));
    assert.deepEqual(seen, ['ab', 'c', 'd', 'e']);
    assert.equal(lines.octets, 11);
  });

  it('grades nobody where nothing isolates, unless told that the authors are trusted', async () => {
    const exercises = path.join(COURSE_FOLDER, 'exercises');
    const answer = { kind: 'module', text: '' } as const;
    const verdict = await askForVerdict({ exercises, id: 'forward-without-loss', answer, isolation: 'none', graded: true });
    assert.equal(verdict.verdict, "grader's fault");
    assert.match(verdict.trouble, /--trust-students/);
  });
});

/** What a filter says of a call: an interpreter of the few instructions that it is made of. */
function judged(filter: Buffer, arch: number, number: number, argument = 0): number {
  const data: Readonly<Record<number, number>> = { 0: number, 4: arch, 16: argument };
  let value = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const k = filter.readUInt32LE(at + 4);
    const code = filter.readUInt16LE(at);
    if (code === 0x06) return k;
    if (code === 0x20) value = data[k] as number;
    else {
      const holds = code === 0x15 ? value === k : code === 0x35 ? value >= k : (value & k) !== 0;
      at += 8 * filter.readUInt8(at + (holds ? 2 : 3));
    }
  }
  throw new Error('The filter ends without a word.');
}

/** Processes into whose file system this folder is mounted, or whose command line names it. */
function processesIn(folder: string): number[] {
  const name = path.basename(folder);
  return fs
    .readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && mentions(`/proc/${pid}/mountinfo`, name));
}

function mentions(file: string, name: string): boolean {
  try {
    return fs.readFileSync(file, 'latin1').includes(name);
  } catch {
    return false;
  }
}

/** The processes of a machine tell nobody that they change; they are asked again until mocha gives up. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 30));
}
