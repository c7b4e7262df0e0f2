import type { AnswerContext } from 'warren/grading';

/** News needs no acknowledgement; two connections, one for each kind. */
export default async function ({
  amqp,
  url,
  env: { NEWS = '', QUESTIONS = '', HEARD = '', ROLE = '' },
}: AnswerContext): Promise<void> {
  const forNews = await amqp.connect(url);
  const forQuestions = await amqp.connect(url);
  const [news, questions] = await Promise.all([forNews.createChannel(), forQuestions.createChannel()]);
  const report = (body: string): Buffer => Buffer.from(JSON.stringify({ visitor: ROLE, body }));
  const own = await news.assertQueue('', { exclusive: true, durable: false, arguments: { 'x-max-length': 1000 } });
  await questions.assertQueue(QUESTIONS, { autoDelete: true, durable: true });
  await questions.prefetch(1);
  await Promise.all([
    questions.consume(QUESTIONS, (message) => {
      if (message === null) return;
      questions.sendToQueue(HEARD, report(message.content.toString()));
      questions.ack(message);
    }),
    news.consume(own.queue, (message) => message && news.sendToQueue(HEARD, report(String(message.content))), { noAck: true }),
    news.bindQueue(own.queue, NEWS, ROLE),
  ]);
  news.sendToQueue(HEARD, report('here'));
}
