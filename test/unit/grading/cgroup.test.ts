/** Groups of the kernel around a sandbox, where this machine lets them be made; elsewhere nothing of this is tried. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { ControlGroup, spawnGrouped } from '../../../lib/grading/sandbox/cgroup';
import type { Limits } from '../../../lib/grading/sandbox/sandbox';

const LIMITS: Limits = { cpuMs: 8000, wallMs: 20_000, memoryMiB: 30, processes: 1, outputBytes: 0 };
const GROUPS = /^\d+:(memory|pids|):(\/.*)$/gm;

describe('a control group', function () {
  this.timeout(30_000);

  before(async function () {
    const group = ControlGroup.make(LIMITS);
    if (group === null) this.skip();
    await group.end();
  });

  async function run(script: string): Promise<{ group: ControlGroup; output: string; signal: NodeJS.Signals | null }> {
    const { child, group } = spawnGrouped(['/bin/sh', '-c', script], LIMITS, { stdio: ['ignore', 'pipe', 'ignore'], env: {} });
    assert.ok(group !== null);
    let output = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
    const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { group, output, signal };
  }

  it('holds what is started in it, and is gone with it', async () => {
    const { group, output } = await run('cat /proc/self/cgroup');
    const inside = [...output.matchAll(GROUPS)].map(([, controller = '', at = '']) => `/sys/fs/cgroup/${controller}${at}`);
    assert.equal(inside.filter((folder) => folder.includes(`/warren-${process.pid}-`)).length >= 1, true, output);
    assert.equal(group.outOfMemory, false);
    assert.equal(await group.end(), true);
    for (const folder of inside.filter((each) => each.includes('/warren-'))) assert.equal(fs.existsSync(folder), false, folder);
  });

  it('ends who takes too much memory before anybody looks', async () => {
    const { group, signal } = await run('exec perl -e \'$x = "a" x (400 << 20)\'');
    assert.equal(signal, 'SIGKILL');
    assert.equal(group.outOfMemory, true);
    assert.equal(await group.end(), true);
  });

  it('lets no more tasks be started than it may have', async () => {
    const { output } = await run('n=0; while [ $n -lt 60 ]; do sleep 60 & n=$((n + 1)); echo $n; done 2>/dev/null');
    const started = output.trim().split('\n').length;
    assert.ok(started < 30, `${started} of 60 were started`);
  });

  it('ends what has taken leave of its parent, its session and its environment', async () => {
    const { group, output } = await run('env -i setsid sleep 600 >/dev/null & echo $!');
    assert.equal(await group.end(), true);
    const status = `/proc/${output.trim()}/status`;
    // Whoever inherited it may not have asked yet how it ended.
    if (fs.existsSync(status)) assert.match(fs.readFileSync(status, 'utf8'), /^State:\tZ/m);
  });
});
