import assert from 'node:assert/strict';
import { int32At, uint16At, uint32At } from '../../../lib/amqp/octets';

describe('numbers from octets', () => {
  it('are what Buffer reads, at any offset, from the lowest to the highest', () => {
    const numbers = [0, 1, 0x7f, 0x80, 0xff00, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffefdfc, 0xffffffff];
    for (const number of numbers) {
      for (let at = 0; at < 4; at++) {
        const bytes = Buffer.alloc(8, 0x55);
        bytes.writeUInt32BE(number, at);
        assert.equal(uint32At(bytes, at), bytes.readUInt32BE(at));
        assert.equal(int32At(bytes, at), bytes.readInt32BE(at));
        assert.equal(uint16At(bytes, at), bytes.readUInt16BE(at));
        assert.equal(uint16At(bytes, at + 2), bytes.readUInt16BE(at + 2));
      }
    }
  });
});
