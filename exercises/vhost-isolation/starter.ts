import type { AnswerContext } from 'warren/grading';

export default async function ({ amqp, url, env, log }: AnswerContext): Promise<void> {
  const { HERE = '', OUT = '' } = env;
  const home = await amqp.connect(url);
  const channel = await home.createChannel();
  await channel.consume(OUT, (message) => {
    if (message === null) return;
    log(`in ${HERE}, for ${message.properties.headers?.for ?? 'nobody else'}`);
    // TODO: where does it belong, and over which connection does one get there? The other virtual host sends, too.
  });
}
