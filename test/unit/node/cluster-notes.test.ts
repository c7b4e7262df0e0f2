/** What a node writes down of its cluster is read again, whole. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Notes } from '../../../lib/cluster/membership/notes';
import { ClusterNotes } from '../../../lib/node/cluster-notes';

describe('the notes of a cluster node', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-notes-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  for (const lasting of [true, false]) {
    it(`are those written last, and nothing else lies beside them (${lasting ? 'on disk' : 'for this process'})`, () => {
      const notes = new ClusterNotes(folder, lasting);
      assert.equal(notes.read(), null);
      for (const names of [['a', 'b', 'c'], ['a'], ['a', 'b']]) {
        const members = names.map((name) => ({ name, kind: 'disc' as const }));
        const written: Notes = { view: { self: 'a', members, running: names.slice(1) }, forced: names.length === 1 };
        notes.write(written);
        assert.deepEqual(new ClusterNotes(folder).read(), written);
      }
      assert.equal(fs.readdirSync(folder).length, 1);
    });
  }
});
