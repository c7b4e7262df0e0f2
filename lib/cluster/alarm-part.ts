/** The part of a node that tells others of its resource alarms: an alarm on one node blocks publishers on all (RabbitMQ). */
import type { Resource } from '../broker/alarms';
import type { QueuePartsHost } from './application';
import type { ClusterPart } from './part';
import type { PeerMessage } from './links/peer-frames';

export class AlarmPart implements ClusterPart {
  private watching = false;

  constructor(private readonly host: QueuePartsHost) {}

  message(from: string, { resources }: PeerMessage): void {
    this.host.broker.resourceAlarms.setOf(from, resources as readonly Resource[]);
  }

  nodeUp(name: string): void {
    const { resourceAlarms: alarms } = this.host.broker;
    // Nobody else was there to be told before.
    if (!this.watching) alarms.onChange = () => this.tell(this.host.running.filter((other) => other !== this.host.self));
    this.watching = true;
    if (alarms.own.length > 0) this.tell([name]);
  }

  nodeDown(name: string): void {
    this.host.broker.resourceAlarms.setOf(name, []);
  }

  private tell(names: readonly string[]): void {
    for (const name of names) this.host.send(name, { type: 'alarm.set', resources: this.host.broker.resourceAlarms.own });
  }
}
