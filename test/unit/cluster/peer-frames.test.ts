import assert from 'node:assert/strict';
import { PeerFrameReader, type PeerMessage, writePeerMessage } from '../../../lib/cluster/links/peer-frames';
import type { Link } from '../../../lib/world/world';

/** What these messages are on the wire. */
function written(...messages: ReadonlyArray<readonly [message: PeerMessage, body?: string]>): Buffer {
  const out = Buffer.alloc(4096);
  let used = 0;
  const reserve = (size: number): number => {
    used += size;
    return used - size;
  };
  const link = { out, reserve } as unknown as Link;
  for (const [message, body] of messages) writePeerMessage(link, message, body === undefined ? undefined : Buffer.from(body));
  return out.subarray(0, used);
}

const SAID = [
  [{ type: 'a.batch' }, 'first'],
  [{ type: 'a.batch' }],
  [{ type: 'b.batch' }, 'second'],
  [{ type: 'a.batch', item: 1 }, 'third'],
  [{ type: 'a.batch' }, 'fourth'],
  [{ type: 'ä', text: 'ö' }],
] as const;

describe('messages between nodes', () => {
  for (const size of [1, 7, 4096]) {
    it(`are what they were, with fields and without, in pieces of ${size} octets`, () => {
      const heard: Array<readonly [PeerMessage, string]> = [];
      const reader = new PeerFrameReader((message, body) => heard.push([message, body.toString()]));
      const octets = written(...SAID);
      for (let at = 0; at < octets.length; at += size) reader.read(octets.subarray(at, at + size));
      assert.deepEqual(
        heard,
        SAID.map(([message, body = '']) => [message, body]),
      );
    });
  }
});
