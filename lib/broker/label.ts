/** What a picture calls a message: its message-id, else its first printable body octets, else its number. */
import { FLAG } from '../amqp/properties';
import type { Message } from './message';

const LABEL_MAX = 24;

export function labelOf(message: Message): string {
  const flags = message.content.readUInt16BE(message.at + 19);
  if ((flags & FLAG.messageId) !== 0) {
    const id = message.properties().messageId;
    if (id !== undefined && id !== '') return id;
  }
  const text = bodyStart(message);
  return text === '' ? `#${message.id}` : text;
}

function bodyStart(message: Message): string {
  const bodySize = message.bodySize;
  if (bodySize === 0) return '';
  const from = message.at + message.headerSize + 7;
  const text = message.content.toString('utf8', from, from + Math.min(bodySize, LABEL_MAX * 2));
  // Not text: let the number speak.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u0008\u000e-\u001f]/.test(text) || (text.includes('\ufffd') && text.length < LABEL_MAX)) return '';
  const line = text.split('\n', 1)[0] as string;
  return line.length > LABEL_MAX || bodySize > LABEL_MAX * 2 ? `${line.slice(0, LABEL_MAX - 1)}…` : line;
}
