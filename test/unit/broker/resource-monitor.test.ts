import assert from 'node:assert/strict';
import { ResourceMonitor, type ResourceProbes } from '../../../lib/broker/resource-monitor';
import type { Clock } from '../../../lib/world/world';

/** Time passes when the test says so. */
class ManualClock implements Clock {
  private time = 0;
  private timers: Array<{ at: number; fn: () => void }> = [];

  epochMs(): number {
    return this.time;
  }

  now(): number {
    return this.time;
  }

  after(delayMs: number, fn: () => void): { cancel(): void } {
    const timer = { at: this.time + delayMs, fn };
    this.timers.push(timer);
    return { cancel: () => void this.timers.splice(this.timers.indexOf(timer), 1) };
  }

  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.timers.splice(this.timers.indexOf(next), 1);
      this.time = next.at;
      next.fn();
    }
    this.time = end;
  }
}

describe('ResourceMonitor', () => {
  function fresh(): { clock: ManualClock; probes: { used: number; free: number }; monitor: ResourceMonitor; alarms: string[] } {
    const clock = new ManualClock();
    const probes = { used: 100, free: 1e9 };
    const measured: ResourceProbes = { memoryTotal: 1000, memoryUsed: () => probes.used, diskFree: () => probes.free };
    const alarms: string[] = [];
    const monitor = new ResourceMonitor(clock, measured, (resource, on) => alarms.push(`${resource} ${on ? 'on' : 'off'}`));
    return { clock, probes, monitor, alarms };
  }

  it('raises the memory alarm above four tenths, looking every two and a half seconds', () => {
    const { clock, probes, monitor, alarms } = fresh();
    monitor.start();
    probes.used = 401;
    clock.pass(2400);
    assert.deepEqual(alarms, []);
    clock.pass(100);
    assert.deepEqual(alarms, ['memory on']);
    probes.used = 400;
    clock.pass(2500);
    assert.deepEqual(alarms, ['memory on', 'memory off']);
  });

  it('raises the disk alarm below 50 MB, looking every ten seconds', () => {
    const { clock, probes, monitor, alarms } = fresh();
    monitor.start();
    probes.free = 49_999_999;
    clock.pass(10_000);
    probes.free = 50_000_000;
    clock.pass(10_000);
    assert.deepEqual(alarms, ['disk on', 'disk off']);
  });

  it('looks at once when a limit changes', () => {
    const { monitor, alarms } = fresh();
    monitor.setWatermark({ absolute: 99 });
    monitor.setDiskFreeLimit(2e9);
    monitor.setWatermark({ relative: 0.1 });
    assert.deepEqual(alarms, ['memory on', 'disk on', 'memory off']);
  });

  it('looks no more once it is stopped', () => {
    const { clock, probes, monitor, alarms } = fresh();
    monitor.start();
    monitor.stop();
    probes.used = 999;
    clock.pass(60_000);
    assert.deepEqual(alarms, []);
  });
});
