/**
 * The definitions of a node as the JSON that RabbitMQ's tools write and read: what rabbitmqctl export_definitions here gives,
 * import_definitions there takes, and the other way round.
 */
import { type DefinitionsApi, type Json, type JsonObject, ParameterError } from './api';
import type { AccessControl } from './access';
import type { Parameters } from './parameters';
import type { PolicyList } from './policies';
import type { Vhost } from './vhost';

/** The parts of a node that have definitions. */
export interface Defined {
  readonly access: AccessControl;
  readonly parameters: Parameters;
  readonly policies: PolicyList;
  readonly vhosts: ReadonlyMap<string, Vhost>;
  addVhost(name: string): void;
}

export class Definitions implements DefinitionsApi {
  constructor(private readonly node: Defined) {}

  export(): JsonObject {
    return { vhosts: [...this.node.vhosts.keys()].map((name) => ({ name })) };
  }

  import(_definitions: Json): void {
    throw new ParameterError('not yet');
  }
}
