/** What both engines have from the lab: a node behind the lab's relay, and its commands. */
import type { CommandResult } from '../../../lib/lab/api';
import { Lab } from '../../../lib/lab/lab';
import type { EngineName } from './engine';

export abstract class LabEngine {
  readonly port: number;

  protected constructor(protected readonly lab: Lab) {
    this.port = lab.node().port;
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
    await this.lab.stop();
  }
}
