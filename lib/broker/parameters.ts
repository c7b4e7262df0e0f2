/**
 * Runtime parameters: JSON values by vhost, component and name. Policies, operator policies and the limits of vhosts are
 * parameters too; each component says what it accepts and hears of every change. Global parameters have a name only, and nobody
 * checks them. Texts are those of RabbitMQ 3.10.8.
 */
import { AccessError } from './access';
import { type GlobalParameter, type Json, type Parameter, ParameterError, type ParametersApi } from './api';
import type { Catalogue } from './catalogue';

/** What a kind of parameter is for. */
export interface Component {
  /** What is wrong with the value; empty if nothing is. */
  validate(name: string, value: Json): readonly string[];
  /** The value is in force from now on; `undefined`: there is none any more. */
  changed(vhost: string, name: string, value: Json | undefined): void;
}

/** Set and cleared by commands of their own, and not listed among the others. */
const POLICY = 'policy';

export class Parameters implements ParametersApi {
  private readonly components = new Map<string, Component>();
  /** By the JSON of vhost, component and name. */
  private readonly values = new Map<string, Parameter>();
  private readonly globals = new Map<string, Json>();

  constructor(
    private readonly vhostExists: (name: string) => boolean,
    private readonly catalogue: Pick<Catalogue, 'put' | 'delete'>,
  ) {}

  register(name: string, component: Component): void {
    this.components.set(name, component);
  }

  /** A parameter of an earlier node. */
  restore(parameter: Parameter): void {
    const { vhost, component, name, value } = parameter;
    this.values.set(keyOf(vhost, component, name), parameter);
    this.components.get(component)?.changed(vhost, name, value);
  }

  restoreGlobal(name: string, value: Json): void {
    this.globals.set(name, value);
  }

  set(vhost: string, component: string, name: string, value: Json): void {
    if (component === POLICY) throw new ParameterError('policies may not be set using this method');
    this.setAny(vhost, component, name, value);
  }

  /** Policies as well. */
  setAny(vhost: string, component: string, name: string, value: Json): void {
    const known = this.components.get(component);
    const wrong = known === undefined ? [`component ${component} not found`] : known.validate(name, value);
    if (wrong.length > 0) throw new ParameterError(['Validation failed\n', ...wrong, ''].join('\n'));
    this.requireVhost(vhost);
    const key = keyOf(vhost, component, name);
    if (JSON.stringify(this.values.get(key)?.value) === JSON.stringify(value)) return;
    this.values.set(key, { vhost, component, name, value });
    this.catalogue.put('parameter', [vhost, component, name], { value });
    known?.changed(vhost, name, value);
  }

  clear(vhost: string, component: string, name: string): void {
    if (component === POLICY) throw new ParameterError('policies may not be cleared using this method');
    this.clearAny(vhost, component, name);
  }

  clearAny(vhost: string, component: string, name: string): void {
    if (!this.values.delete(keyOf(vhost, component, name))) throw new ParameterError('Parameter does not exist');
    this.catalogue.delete('parameter', [vhost, component, name]);
    this.components.get(component)?.changed(vhost, name, undefined);
  }

  list(vhost?: string): readonly Parameter[] {
    if (vhost !== undefined) this.requireVhost(vhost);
    return [...this.values.values()].filter(
      (parameter) => parameter.component !== POLICY && (vhost === undefined || parameter.vhost === vhost),
    );
  }

  value(vhost: string, component: string, name: string): Json | undefined {
    return this.values.get(keyOf(vhost, component, name))?.value;
  }

  setGlobal(name: string, value: Json): void {
    this.globals.set(name, value);
    this.catalogue.put('global-parameter', [name], { value });
  }

  clearGlobal(name: string): void {
    if (!this.globals.delete(name)) throw new ParameterError('Parameter does not exist');
    this.catalogue.delete('global-parameter', [name]);
  }

  listGlobal(): readonly GlobalParameter[] {
    return [...this.globals].map(([name, value]) => ({ name, value }));
  }

  forgetVhost(vhost: string): void {
    for (const { vhost: own, component, name } of [...this.values.values()]) {
      if (own === vhost) this.clearAny(own, component, name);
    }
  }

  private requireVhost(name: string): void {
    if (!this.vhostExists(name)) throw new AccessError('no_such_vhost', name, `Virtual host '${name}' does not exist`);
  }
}

function keyOf(vhost: string, component: string, name: string): string {
  return JSON.stringify([vhost, component, name]);
}
