/**
 * Orders wait in one queue and must come to another one, though the connection is lost three times, each time at the worst
 * moment, and though the other queue is full for a while and refuses what comes.
 */
import { scenario, type WireRecord } from 'warren/grading';

/** The moments at which the connection is cut, and the records at which they come. */
const MOMENTS: Readonly<Record<string, (record: WireRecord) => boolean>> = {
  'a publish was lost': ({ method }) => method === 'basic.publish',
  'a confirm was lost': ({ method, from }) => method === 'basic.ack' && from === 'broker',
  'an acknowledgement was lost': ({ method, from }) => method === 'basic.ack' && from === 'program',
};
const FULL = 'a publish was refused';
/** So many refusals, and TARGET is read: more than orders can have come again. */
const REFUSALS = 12;
const PATIENCE = { idleMs: 1200, limitMs: 40_000 };

export default scenario({
  sometimes: [...Object.keys(MOMENTS), FULL],
  async play(stage) {
    const [source = '', target = ''] = stage.random.words(2);
    Object.assign(stage.env, { SOURCE: source, TARGET: target });
    await stage.channel.assertQueue(source, { durable: true });
    // As many as fit in; more are refused.
    const room = stage.random.int(11, 14);
    const full = { 'x-max-length': room, 'x-overflow': 'reject-publish' };
    await stage.channel.assertQueue(target, { durable: true, arguments: full });
    const orders = Array.from({ length: stage.random.int(24, 30) }, () => `order-${stage.random.nonce()}`);
    stage.note('orders', orders);
    for (const order of orders) stage.channel.sendToQueue(source, Buffer.from(order), { persistent: true });
    await stage.channel.waitForConfirms();

    const arrived: string[] = [];
    const take = (): Promise<{ consumerTag: string }> => {
      const begun = stage.channel.consume(target, (message) => arrived.push(message?.content.toString() ?? ''), { noAck: true });
      // A run that goes beyond a limit is ended; nobody awaits this then.
      begun.catch(() => undefined);
      return begun;
    };
    let taking: ReturnType<typeof take> | null = null;
    const moments = stage.random.shuffle(Object.keys(MOMENTS));
    let published = 0;
    let refusals = 0;
    let next = stage.random.int(2, 4);
    stage.atEach((record, line) => {
      if (record.method === 'basic.publish') published += 1;
      if (record.method === 'basic.nack' && record.from === 'broker') {
        stage.sometimes(FULL);
        refusals += 1;
        // Not at once: the first that are refused may be orders that came again, and are in TARGET already.
        if (refusals === REFUSALS) taking ??= take();
      }
      const [moment] = moments;
      if (moment === undefined || published < next || !MOMENTS[moment]?.(record)) return;
      moments.shift();
      next = published + stage.random.int(2, 3);
      stage.sometimes(moment);
      line.cut();
    });
    await stage.program();
    const taken = async (): Promise<boolean> => (await stage.depth(source)) === 0 && (await stage.unsettled(source)) === 0;
    // Who tries again seldom, or keeps what was refused, sees room in TARGET a little later.
    await stage.until('TARGET to be full', async () => refusals >= REFUSALS || (await taken()), PATIENCE);
    taking ??= take();
    await stage.until('every order taken over', taken, PATIENCE);
    // What TARGET holds is counted, too; the answer to a cancel comes behind all that was given out.
    const { consumerTag } = await taking;
    await stage.until('the target to be empty', async () => (await stage.depth(target)) === 0);
    await stage.channel.cancel(consumerTag);
    stage.note('arrived', arrived);
  },
});
