import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ZipFile } from 'yazl';
import { packZip, readZip, ZIP_LIMITS, ZipRefused } from '../../../lib/grading/classroom/zip';

describe('zip files of submissions', () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-zip-test-'));
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  const put = (zip: Buffer): string => {
    const file = path.join(folder, 'a.zip');
    fs.rmSync(file, { force: true });
    fs.writeFileSync(file, zip);
    return file;
  };
  const refused = async (zip: Buffer, why: RegExp): Promise<void> => {
    await assert.rejects(readZip(put(zip)), (error: Error) => error instanceof ZipRefused && why.test(error.message));
  };
  /** A zip in which a name was replaced by one of the same length, which no packer writes. */
  const renamed = async (to: string): Promise<Buffer> => {
    const from = 'x'.repeat(to.length);
    const zip = await packZip(new Map([[from, Buffer.from('1')]]));
    return Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1');
  };
  const withMode = async (mode: number): Promise<Buffer> => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from('/etc/passwd'), 'answers/a.ts', { mode });
    zip.end();
    const chunks: Buffer[] = [];
    for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };

  it('gives back what was packed, and packs the same twice', async () => {
    const files = new Map([
      ['answers/a.ts', Buffer.from('export default 1;')],
      ['submission.json', Buffer.from('{}')],
    ]);
    const zip = await packZip(files);
    assert.deepEqual(await readZip(put(zip)), files);
    assert.deepEqual(await packZip(files), zip);
  });

  for (const name of [
    '../../evil.ts',
    '/etc/passwd',
    'a/../../b.ts',
    'a\\..\\b.ts',
    'C:/a.ts',
    'a/.ssh/key',
    'a//b.ts',
    'a\u0001b.ts',
  ]) {
    it(`refuses the path ${JSON.stringify(name)}`, async () => refused(await renamed(name), /path|name|invalid|absolute/i));
  }

  it('refuses a link, a device, an encrypted entry', async () => {
    await refused(await withMode(0o120777), /link or a device/);
    await refused(await withMode(0o020666), /link or a device/);
    const zip = await packZip(new Map([['a.ts', Buffer.from('1')]]));
    const central = zip.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    zip.writeUInt16LE(zip.readUInt16LE(central + 8) | 1, central + 8);
    await refused(zip, /encrypted/);
  });

  it('refuses a bomb, also one that says that it is small', async () => {
    const zip = await packZip(new Map([['a.ts', Buffer.alloc(ZIP_LIMITS.fileBytes + 1)]]));
    assert.ok(zip.length < 10_000);
    await refused(zip, /octets/);
    const central = zip.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    zip.writeUInt32LE(100, central + 24);
    await refused(zip, /too many bytes|longer|size/i);
    const many = new Map(Array.from({ length: 17 }, (_, n) => [`${n}.ts`, Buffer.alloc(ZIP_LIMITS.fileBytes)]));
    await refused(await packZip(many), /unpacks to more/);
  });

  it('refuses two entries that one file system takes for one', async () => {
    await refused(
      await packZip(
        new Map([
          ['a.ts', Buffer.from('1')],
          ['A.ts', Buffer.from('2')],
        ]),
      ),
      /twice/,
    );
  });

  it('refuses what is no zip, a link to one, and too much', async () => {
    await refused(Buffer.from('no zip'), /cannot be read/);
    await refused(Buffer.alloc(ZIP_LIMITS.zipBytes + 1), /octets/);
    const link = path.join(folder, 'link.zip');
    fs.symlinkSync(put(await packZip(new Map([['a.ts', Buffer.from('1')]]))), link);
    await assert.rejects(readZip(link), ZipRefused);
  });
});
