/** The line in front of a broker: what it writes down, and where a cut falls. */
import { strict as assert } from 'node:assert';
import { frame } from '../../../lib/amqp/method-codec';
import { Recorder, type Recorded } from '../../../lib/grading/wire/recorder';

const PROTOCOL = Buffer.from('AMQP\0\0\x09\x01', 'latin1');
/** basic.ack of delivery 1, and of 2. */
const ack = (tag: number): Buffer => frame(1, 1, Buffer.from([0, 60, 0, 80, 0, 0, 0, 0, 0, 0, 0, tag, 0]));

function recorder(record: (what: Recorded) => void = () => undefined): { recorder: Recorder; passed: Buffer[] } {
  const passed: Buffer[] = [];
  return { recorder: new Recorder(record, (_side, bytes) => passed.push(Buffer.from(bytes))), passed };
}

describe('the recorder of a wire', () => {
  it('passes on what it was given, whatever the chunks', () => {
    const bytes = Buffer.concat([PROTOCOL, ack(1), ack(2)]);
    for (const step of [1, 3, 20, bytes.length]) {
      const seen: string[] = [];
      const { recorder: tap, passed } = recorder(({ method }) => seen.push(method));
      for (let at = 0; at < bytes.length; at += step) tap.onBytes('client', bytes.subarray(at, at + step));
      assert.deepEqual(Buffer.concat(passed), bytes);
      assert.deepEqual(seen, ['tcp.open', 'basic.ack', 'basic.ack']);
    }
  });

  it('tells of a method before it passes on its frame, so that a cut falls between two frames of one chunk', () => {
    const order: string[] = [];
    const tap = new Recorder(
      ({ args, method }) => order.push(`${method} ${args.deliveryTag ?? ''}`),
      () => order.push('passed'),
    );
    tap.onBytes('client', PROTOCOL);
    order.splice(0);
    tap.onBytes('client', Buffer.concat([ack(1), ack(2)]));
    assert.deepEqual(order, ['basic.ack 1', 'passed', 'basic.ack 2', 'passed']);
  });

  it('passes on what is no frame, and nothing that is sent behind it', () => {
    const { recorder: tap, passed } = recorder();
    const junk = Buffer.from('GET / HTTP/1.1\r\n\r\nand more than a frame of it, for good measure');
    tap.onBytes('client', junk);
    tap.onBytes('client', ack(1));
    assert.deepEqual(Buffer.concat(passed), junk);
  });
});
