/** What every kind of queue has by its definition and by the policies that rule it. */
import type { FieldTable } from '../../amqp/field-table';
import type { Binding } from '../exchange/exchange';
import type { Ruling } from '../policies';
import type { Vhost } from '../vhost';
import type { Mirror, QueueAttributes } from './queue';
import { settingsOf, type QueueSettings } from './settings';

export abstract class DefinedQueue implements QueueAttributes {
  readonly name: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly owner: object | null;
  readonly args: FieldTable;
  readonly home: string;
  readonly id: string;
  mirrors: readonly Mirror[] | null;
  settings: QueueSettings;
  ruling: Ruling | null;
  readonly incoming = new Set<Binding>();
  gone = false;

  constructor(
    readonly vhost: Vhost,
    attributes: QueueAttributes,
  ) {
    this.name = attributes.name;
    this.durable = attributes.durable;
    this.autoDelete = attributes.autoDelete;
    this.owner = attributes.owner;
    this.args = attributes.args;
    this.home = attributes.home;
    this.id = attributes.id;
    this.mirrors = attributes.mirrors ?? null;
    this.ruling = vhost.host.ruling(vhost.name, 'queue', attributes.name);
    this.settings = settingsOf(attributes.args, this.ruling?.definition ?? null);
  }

  get kind(): 'classic' | 'mirrored' {
    return this.mirrors === null ? 'classic' : 'mirrored';
  }
}
