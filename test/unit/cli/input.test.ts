import { strict as assert } from 'node:assert';
import { PassThrough } from 'node:stream';
import { readInput } from '../../../lib/cli/input';

describe('What a tool reads of its standard input', () => {
  it('is a line that ends, though the stream goes on', async () => {
    const stream = new PassThrough();
    stream.write('sec');
    stream.write('ret\nmore');
    assert.match(await readInput(stream, 'line'), /^secret\n/);
  });

  it('is what came before the end of a stream without a line end', async () => {
    const stream = new PassThrough();
    stream.end('secret');
    assert.equal(await readInput(stream, 'line'), 'secret');
  });

  it('is everything up to the end, characters that are cut in two included', async () => {
    const stream = new PassThrough();
    const octets = Buffer.from('{"a":\n"水"}');
    for (const octet of octets) stream.write(Buffer.from([octet]));
    stream.end();
    assert.equal(await readInput(stream, 'all'), octets.toString());
  });
});
