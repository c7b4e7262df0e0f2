/**
 * Memory and disk alarms: looks from time to time at what the process uses and what the disk has left, and raises or clears the
 * node's alarms (RabbitMQ's vm_memory_monitor and rabbit_disk_monitor, with their names, defaults and intervals).
 */
import type { Clock, Timer } from '../world/world';

/** What can be measured where the node runs. Octets; Infinity where nobody knows. */
export interface ResourceProbes {
  /** That the node may count on: of the machine, or of the limits it runs under. */
  readonly memoryTotal: number;
  memoryUsed(): number;
  diskFree(): number;
}

export type MemoryWatermark = { readonly relative: number } | { readonly absolute: number };

/** Milliseconds between two looks. */
const MEMORY_INTERVAL = 2500;
const DISK_INTERVAL = 10000;
/** RabbitMQ's defaults: four tenths of the memory, 50 MB of disk. */
const WATERMARK: MemoryWatermark = { relative: 0.4 };
const DISK_LIMIT = 50_000_000;

export const UNKNOWN_RESOURCES: ResourceProbes = {
  memoryTotal: Number.POSITIVE_INFINITY,
  memoryUsed: () => 0,
  diskFree: () => Number.POSITIVE_INFINITY,
};

export class ResourceMonitor {
  watermark: MemoryWatermark = WATERMARK;
  /** Octets of free disk below which the alarm is raised. */
  diskFreeLimit = DISK_LIMIT;
  private readonly alarms = { memory: false, disk: false };
  private timers: Timer[] = [];

  /** `alarm` is called when one begins or ends. */
  constructor(
    private readonly clock: Clock,
    readonly probes: ResourceProbes,
    private readonly alarm: (resource: 'memory' | 'disk', on: boolean) => void,
  ) {}

  /** Octets above which the memory alarm is raised. */
  get memoryLimit(): number {
    return 'absolute' in this.watermark ? this.watermark.absolute : this.probes.memoryTotal * this.watermark.relative;
  }

  /** `fraction` from 0 (everything blocks) to 1, or octets. Looks at once. */
  setWatermark(watermark: MemoryWatermark): void {
    this.watermark = watermark;
    this.lookAtMemory();
  }

  /** Octets. Looks at once. */
  setDiskFreeLimit(octets: number): void {
    this.diskFreeLimit = octets;
    this.lookAtDisk();
  }

  start(): void {
    this.stop();
    if (this.probes === UNKNOWN_RESOURCES) return;
    this.every(0, MEMORY_INTERVAL, () => this.lookAtMemory());
    this.every(1, DISK_INTERVAL, () => this.lookAtDisk());
  }

  stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers = [];
  }

  private every(slot: number, interval: number, look: () => void): void {
    look();
    this.timers[slot] = this.clock.after(interval, () => this.every(slot, interval, look));
  }

  private lookAtMemory(): void {
    // RabbitMQ's way to block all publishers by hand, also where nobody knows how much memory there is.
    const nothingAllowed = 'relative' in this.watermark && this.watermark.relative === 0;
    this.set('memory', nothingAllowed || this.probes.memoryUsed() > this.memoryLimit);
  }

  private lookAtDisk(): void {
    this.set('disk', this.probes.diskFree() < this.diskFreeLimit);
  }

  private set(resource: 'memory' | 'disk', on: boolean): void {
    if (this.alarms[resource] === on) return;
    this.alarms[resource] = on;
    this.alarm(resource, on);
  }
}
