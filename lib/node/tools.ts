/** The command line tools of RabbitMQ that a node answers to, by name. */
import type { Output } from '../control/output';
import { rabbitmqctl } from '../control/rabbitmqctl';
import type { ControlTarget } from '../control/target';

type Tool = (args: readonly string[], target: ControlTarget) => Output;

const TOOLS: Readonly<Record<string, Tool>> = { rabbitmqctl };

/** Runs `TOOL WORDS`. Never throws for what the line says. */
export function runTool(tool: string, args: readonly string[], target: ControlTarget): Output {
  const run = Object.hasOwn(TOOLS, tool) ? TOOLS[tool] : undefined;
  if (run !== undefined) return run(args, target);
  const stderr = `${tool} has nothing to say to this broker yet; on a real RabbitMQ (WARREN_ENGINE=rabbitmq) it does.\n`;
  return { exitCode: 69, stdout: '', stderr };
}
