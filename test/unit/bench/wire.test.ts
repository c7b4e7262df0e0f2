// Promise under test: the encoders write what AMQP 0-9-1 prescribes, and the reader finds every frame however the stream
// is cut into chunks.
import { strict as assert } from 'node:assert';
import * as fc from 'fast-check';

describe('bench/wire', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a plain JavaScript module
  let wire: any;
  before(async () => {
    wire = await import('../../../bench/wire.mjs' as string);
  });

  /** What a handler was told, bodies and arguments copied out. */
  class Recorder {
    readonly seen: string[] = [];
    onMethod(id: number, buffer: Buffer, start: number, end: number): void {
      this.seen.push(`method ${id.toString(16)} ${buffer.toString('hex', start, end)}`);
    }
    onBody(buffer: Buffer, start: number, end: number): void {
      this.seen.push(`body ${buffer.toString('hex', start, end)}`);
    }
  }

  it('encodes a persistent publish', () => {
    const bytes: Buffer = wire.publishFrames(1, 'ex', 'key', Buffer.from('hi'), 2, 131072);
    const publish = '003c0028 0000 026578 036b6579 00';
    const header = '003c 0000 0000000000000002 1000 02';
    const frames = `01 0001 0000000e ${publish} ce  02 0001 0000000f ${header} ce  03 0001 00000002 6869 ce`;
    assert.equal(bytes.toString('hex'), frames.replaceAll(' ', ''));
  });

  it('splits a body at the frame size that was agreed, and writes no frame for an empty one', () => {
    const recorder = new Recorder();
    new wire.FrameReader(recorder).push(wire.publishFrames(1, '', 'q', Buffer.alloc(20, 'x'), 1, 16));
    assert.deepEqual(recorder.seen.slice(1), [`body ${'78'.repeat(8)}`, `body ${'78'.repeat(8)}`, `body ${'78'.repeat(4)}`]);
    const empty = new Recorder();
    new wire.FrameReader(empty).push(wire.publishFrames(1, '', 'q', Buffer.alloc(0), 1, 16));
    assert.equal(empty.seen.length, 1);
  });

  it('reads the same frames however they are cut', () => {
    const frame = fc.oneof(
      fc.tuple(fc.integer({ min: 0, max: 0x7fffffff }), fc.uint8Array({ maxLength: 40 })).map(([id, fields]) => ({
        bytes: wire.methodFrame(1, id, Buffer.from(fields)) as Buffer,
        said: [`method ${id.toString(16)} ${Buffer.from(fields).toString('hex')}`],
      })),
      fc.uint8Array({ maxLength: 9000 }).map((body) => ({
        bytes: wire.contentFrames(1, Buffer.from(body), 1, 131072) as Buffer,
        said: body.length === 0 ? [] : [`body ${Buffer.from(body).toString('hex')}`],
      })),
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), cuts, (frames, sizes) => {
        const stream = Buffer.concat(frames.map(({ bytes }) => bytes));
        const recorder = new Recorder();
        const reader = new wire.FrameReader(recorder);
        for (let at = 0, i = 0; at < stream.length; i++) {
          // The chunk is overwritten after the call, as a socket's read buffer is.
          const chunk = Buffer.from(stream.subarray(at, at + (sizes[i % sizes.length] as number)));
          at += chunk.length;
          reader.push(chunk);
          chunk.fill(0xff);
        }
        const expected = frames.flatMap(({ said }) => said);
        assert.deepEqual(recorder.seen, expected);
      }),
      { numRuns: 200 },
    );
  });

  it('reads byte by byte', () => {
    const recorder = new Recorder();
    const reader = new wire.FrameReader(recorder);
    const method: Buffer = wire.methodFrame(0, 0x000a000a, wire.shortString('hello'));
    for (const byte of Buffer.concat([method, wire.contentFrames(1, Buffer.from('b'), 1, 4096)]))
      reader.push(Buffer.from([byte]));
    assert.deepEqual(recorder.seen, ['method a000a 0568656c6c6f', 'body 62']);
  });

  it('takes a part of a chunk only', () => {
    const recorder = new Recorder();
    const one: Buffer = wire.methodFrame(1, 1);
    new wire.FrameReader(recorder).push(Buffer.concat([Buffer.from('AMQP'), one, one]), 4, 4 + one.length);
    assert.equal(recorder.seen.length, 1);
  });

  it('complains about a frame without its end byte', () => {
    const bytes: Buffer = wire.methodFrame(1, wire.METHOD.basicAck);
    bytes[bytes.length - 1] = 0;
    assert.throws(() => new wire.FrameReader(new Recorder()).push(bytes), /does not end with 0xCE/);
  });
});
