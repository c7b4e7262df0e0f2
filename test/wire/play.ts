/** All scenarios on an engine, as many at once as it allows. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { startEngine, type Engine, type EngineName } from '../claims/harness/engine';
import { play, scenarios, setStage, type Scenario } from './scenario';
import './scenarios/access';
import './scenarios/basic';
import './scenarios/channel';
import './scenarios/connection';
import './scenarios/exchange';
import './scenarios/queue';

export { scenarios };

export function transcriptFile(scenario: Scenario): string {
  return path.join(__dirname, 'transcripts', `${scenario.name}.txt`);
}

/** The transcript that was recorded on RabbitMQ. */
export function recorded(scenario: Scenario): string {
  return fs.readFileSync(transcriptFile(scenario), 'utf8');
}

/** A broker with the stage set, and what each scenario says on it as it comes. */
export interface Performance {
  readonly transcripts: ReadonlyMap<Scenario, Promise<string>>;
  stop(): Promise<void>;
}

export async function perform(name: EngineName, chosen: readonly Scenario[] = scenarios): Promise<Performance> {
  const engine = await startEngine(name);
  await setStage(engine);
  const waiting = [...chosen];
  const begin = new Map<Scenario, (transcript: Promise<string>) => void>();
  const transcripts = new Map(
    chosen.map((scenario) => [scenario, new Promise<string>((resolve) => begin.set(scenario, resolve))]),
  );
  for (let i = 0; i < engine.concurrency; i++) void work(engine, waiting, begin);
  for (const transcript of transcripts.values()) transcript.catch(() => {}); // each is awaited by its own test, later
  return { transcripts, stop: () => engine.stop() };
}

async function work(
  engine: Engine,
  waiting: Scenario[],
  begin: Map<Scenario, (transcript: Promise<string>) => void>,
): Promise<void> {
  for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
    const transcript = play(engine, scenario);
    begin.get(scenario)?.(transcript);
    await transcript.catch(() => {});
  }
}
