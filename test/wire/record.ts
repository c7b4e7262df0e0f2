/**
 * Records the scenarios' transcripts on the real RabbitMQ:
 *
 *     node -r ./tools/typescript.cjs test/wire/record.ts [TEXT]             prints those whose name has TEXT in it
 *     node -r ./tools/typescript.cjs test/wire/record.ts --record [TEXT]    and writes them to transcripts/
 */
import * as fs from 'node:fs';
import { parseArgs } from 'node:util';
import { perform, scenarios, transcriptFile } from './play';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { record: { type: 'boolean' } }, allowPositionals: true });
  const chosen = scenarios.filter(({ name }) => name.includes(positionals[0] ?? ''));
  const { transcripts, stop } = await perform('rabbitmq', chosen);
  try {
    for (const [scenario, pending] of transcripts) {
      try {
        const transcript = await pending;
        console.log(`${scenario.name}\n${transcript}`);
        if (values.record) fs.writeFileSync(transcriptFile(scenario), transcript);
      } catch (error) {
        console.log(`${scenario.name}: the script failed: ${error instanceof Error ? error.message : error}`);
        process.exitCode = 1;
      }
    }
  } finally {
    await stop();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
