// attack: fetches the solution
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  for (const place of [
    'https://raw.githubusercontent.com/',
    'https://registry.npmjs.org/amqplib',
    'http://127.0.0.1:15672/api/overview',
  ]) {
    await fetch(place).then(
      async (response) => log('FETCHED', await response.text()),
      (error: Error) => log(place, error.message),
    );
  }
}
