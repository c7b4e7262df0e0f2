/** Messages for unit tests: as many as wanted, each with a body of a given size and properties of choice. */
import { encodeHeaderPayload, type Properties } from '../../../lib/amqp/properties';
import { Destination } from '../../../lib/broker/destination';
import { buildMessage, type Message } from '../../../lib/broker/message';
import { PERSISTENT, TRANSIENT, traitsOf } from '../../../lib/broker/traits';

const SOMEWHERE = Destination.of('x', 'key');
const FRAME_MAX = 131072;
let last = 0;

export function messageOf(properties: Properties = {}, bodySize = 0, destination = SOMEWHERE): Message {
  const { deliveryMode, ...others } = properties;
  const plain = Object.keys(others).length === 0;
  const traits = plain ? (deliveryMode === 2 ? PERSISTENT : TRANSIENT) : traitsOf(properties);
  const bodies = bodySize === 0 ? [] : [Buffer.alloc(bodySize, 'b')];
  return buildMessage(encodeHeaderPayload(bodySize, properties), bodies, FRAME_MAX, destination, traits, ++last);
}
