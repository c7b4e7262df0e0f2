/**
 * Answers to notebook 02, with their reasons. Each function can take the place of the one in the exercise's cell.
 */
import amqp from 'amqplib';

/**
 * Exercise 1. The limits are the client's answer to connection.tune, so they stand with the address; the name is a client
 * property, told in connection.start-ok, and belongs to the second argument.
 */
export async function introduce(address: amqp.Options.Connect): Promise<amqp.ChannelModel> {
  const limits = { channelMax: 5, frameMax: 8192, heartbeat: 30 };
  return amqp.connect({ ...address, ...limits }, { clientProperties: { connection_name: 'my-app' } });
}

/**
 * Exercise 2. Method and header are always there. A frame has eight octets of its own (type, channel, size, end), the rest is
 * room for the body; an empty body has no frame at all.
 */
export function framesFor(bodyBytes: number, frameMax: number): number {
  return 2 + Math.ceil(bodyBytes / (frameMax - 8));
}

/**
 * Exercise 3. What a chunk leaves over is put in front of the next one. Two questions before each cut: is the size there
 * (seven octets), and is the whole frame there? One chunk may answer both with yes several times, hence the loop.
 */
export function frameCutter(): (chunk: Buffer) => { type: number; channel: number; size: number }[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const frames = [];
    while (rest.length >= 7) {
      const size = rest.readUInt32BE(3);
      const end = 7 + size;
      if (rest.length <= end) break;
      if (rest.readUInt8(end) !== 0xce) throw new Error(`a frame ends in ${rest.readUInt8(end)}, not in 0xce`);
      frames.push({ type: rest.readUInt8(0), channel: rest.readUInt16BE(1), size });
      rest = rest.subarray(end + 1);
    }
    return frames;
  };
}
