/**
 * Answers to notebook 00, with their reasons. Each function can take the place of the one in the exercise's cell.
 */
import type amqp from 'amqplib';

/**
 * Exercise 1. One call sends one message, and a queue keeps the order in which one channel published.
 */
export async function threeGreetings(channel: amqp.Channel): Promise<void> {
  for (const id of ['g-1', 'g-2', 'g-3']) {
    channel.sendToQueue('greetings', Buffer.from('Good morning'), { messageId: id });
  }
}

/**
 * Exercise 2. Only a delivery that is not acknowledged can happen again. `nack` hands the message back, the broker offers it
 * anew and marks it as redelivered; that mark tells the second time from the first. The function waits for the second one,
 * or it would return before anything was delivered.
 */
export async function boomerang(channel: amqp.Channel): Promise<void> {
  channel.sendToQueue('boomerang', Buffer.from('come back'), { messageId: 'b-1' });
  await new Promise<void>((done) => {
    void channel.consume('boomerang', (message) => {
      if (message === null) return;
      if (!message.fields.redelivered) {
        channel.nack(message);
        return;
      }
      channel.ack(message);
      done();
    });
  });
}
