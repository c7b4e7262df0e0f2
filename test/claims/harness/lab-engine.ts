/** What both engines have from the lab: a node behind the lab's relay, and its commands. */
import type { CommandResult } from '../../../lib/lab/api';
import { Lab } from '../../../lib/lab/lab';
import { ClusterLab } from './cluster-lab';
import type { EngineName } from './engine';
import { OwnNode } from './own-node';
import type { Scenario } from './scenario';

export abstract class LabEngine {
  abstract readonly name: EngineName;
  readonly port: number;

  readonly #own = new Map<string, Promise<OwnNode>>();
  #clusters: ClusterLab | null = null;
  #played: { readonly scenario: Scenario; readonly facts: Promise<unknown> } | null = null;

  protected constructor(protected readonly lab: Lab) {
    this.port = lab.node().port;
  }

  ownNode(key: string, prepare: (node: OwnNode) => Promise<void>): Promise<OwnNode> {
    const known = this.#own.get(key);
    if (known !== undefined) return known;
    const made = OwnNode.start(this.name, key).then(async (node) => {
      await prepare(node);
      return node;
    });
    this.#own.set(key, made);
    return made;
  }

  factsOf(scenario: Scenario): Promise<unknown> {
    if (this.#played?.scenario === scenario) return this.#played.facts;
    this.#clusters ??= new ClusterLab(this.name);
    const facts = this.#clusters.play(scenario);
    this.#played = { scenario, facts };
    return facts;
  }

  forget(scenario: Scenario): void {
    if (this.#played?.scenario === scenario) this.#played = null;
  }

  protected static startLab(engine: EngineName): Promise<Lab> {
    return Lab.start({ engine, name: 'claims' });
  }

  async rabbitmqctl(args: readonly string[]): Promise<CommandResult> {
    const spaces = args.map((_, i) => (i === 0 ? 'rabbitmqctl ' : ' '));
    return this.lab.sh([...spaces, ''] as unknown as TemplateStringsArray, ...args);
  }

  /** Runs a command that must succeed; gives what it prints. */
  protected async command(...args: readonly string[]): Promise<string> {
    const { line, exitCode, stdout, stderr } = await this.rabbitmqctl(args);
    if (exitCode !== 0) throw new Error(`${line} failed: ${stdout}${stderr}`);
    return stdout.trim();
  }

  async stop(): Promise<void> {
    for (const node of this.#own.values()) {
      await node.then(
        (one) => one.dispose(),
        () => undefined,
      );
    }
    await this.#clusters?.stop();
    await this.lab.stop();
  }
}
