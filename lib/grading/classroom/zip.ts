/** Zip files of submissions. Nothing in one is trusted: names, kinds, sizes and counts are held to what a submission needs. */
import * as fs from 'node:fs';
import { fromBufferPromise, type Entry } from 'yauzl';
import { ZipFile } from 'yazl';

export const ZIP_LIMITS = { zipBytes: 8 << 20, files: 400, fileBytes: 1 << 20, bytes: 16 << 20, nameLength: 200 } as const;

/** A zip that is not taken, with the reason. */
export class ZipRefused extends Error {
  override readonly name = 'ZipRefused';
}

/** Time in each entry: the same files make the same zip. */
const ENTRY_TIME = new Date('2020-01-01T00:00:00Z');
const KIND_MASK = 0o170000;
const REGULAR = 0o100000;
const DIRECTORY = 0o040000;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;

export async function packZip(files: ReadonlyMap<string, Buffer>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const name of [...files.keys()].sort()) zip.addBuffer(files.get(name) as Buffer, name, { mtime: ENTRY_TIME });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The files of a zip. Throws ZipRefused, also for one good file among bad ones: nobody packs such a thing by mistake. */
export async function readZip(file: string): Promise<Map<string, Buffer>> {
  try {
    return await unpack(readRegular(file));
  } catch (error) {
    if (error instanceof ZipRefused) throw error;
    throw new ZipRefused(`it cannot be read as a zip: ${(error as Error).message}`);
  }
}

function readRegular(file: string): Buffer {
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile()) throw new ZipRefused('it is no ordinary file');
    if (stat.size > ZIP_LIMITS.zipBytes) throw new ZipRefused(`it has ${stat.size} octets, ${ZIP_LIMITS.zipBytes} are allowed`);
    return fs.readFileSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

async function unpack(zipped: Buffer): Promise<Map<string, Buffer>> {
  const zip = await fromBufferPromise(zipped, { lazyEntries: true, validateEntrySizes: true, strictFileNames: true });
  if (zip.entryCount > ZIP_LIMITS.files)
    throw new ZipRefused(`it has ${zip.entryCount} entries, ${ZIP_LIMITS.files} are allowed`);
  const files = new Map<string, Buffer>();
  const names = new Set<string>();
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName;
    const folder = refuse(entry);
    // Two names that one file system takes for one would overwrite each other.
    const plain = name.replace(/\/$/, '').toLowerCase();
    if (names.has(plain)) throw new ZipRefused(`'${name}' is in it twice`);
    names.add(plain);
    if (folder) continue;
    bytes += entry.uncompressedSize;
    if (bytes > ZIP_LIMITS.bytes) throw new ZipRefused(`it unpacks to more than ${ZIP_LIMITS.bytes} octets`);
    files.set(name, await contentOf(await zip.openReadStreamPromise(entry), entry.uncompressedSize));
  }
  return files;
}

/** Whether it is a folder. Throws ZipRefused for anything but an ordinary file or folder with a plain name. */
function refuse(entry: Entry): boolean {
  const { fileName: name, externalFileAttributes, generalPurposeBitFlag, compressionMethod, uncompressedSize } = entry;
  const shown = JSON.stringify(name.slice(0, 60));
  if (name.length > ZIP_LIMITS.nameLength || !/^[A-Za-z0-9_][A-Za-z0-9._ -]*(\/[A-Za-z0-9_][A-Za-z0-9._ -]*)*\/?$/.test(name))
    throw new ZipRefused(`${shown} is no plain path of letters, digits, '.', '_', '-' below one folder`);
  const kind = (externalFileAttributes >>> 16) & KIND_MASK;
  if (kind !== 0 && kind !== REGULAR && kind !== DIRECTORY) throw new ZipRefused(`${shown} is a link or a device`);
  if ((generalPurposeBitFlag & ENCRYPTED) !== 0) throw new ZipRefused(`${shown} is encrypted`);
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED)
    throw new ZipRefused(`${shown} is packed in an unusual way`);
  if (uncompressedSize > ZIP_LIMITS.fileBytes)
    throw new ZipRefused(`${shown} has ${uncompressedSize} octets, ${ZIP_LIMITS.fileBytes} are allowed`);
  if (kind === DIRECTORY && !name.endsWith('/')) throw new ZipRefused(`${shown} is a folder with a file's name`);
  return name.endsWith('/');
}

/** The size that the entry claims is held to while reading: a bomb ends where it says that it is small. */
async function contentOf(stream: NodeJS.ReadableStream, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let read = 0;
  for await (const chunk of stream) {
    read += (chunk as Buffer).length;
    if (read > size) throw new ZipRefused('an entry is longer than it says');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
