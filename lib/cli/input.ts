/** What stands on a program's standard input. */
import type { Readable } from 'node:stream';

/** All of it, or up to the end of the first line; nobody has to end the stream for a line. */
export async function readInput(stream: Readable, wanted: 'line' | 'all'): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk;
    if (wanted === 'line' && text.includes('\n')) break;
  }
  return text;
}
