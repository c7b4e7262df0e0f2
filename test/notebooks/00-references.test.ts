/** What the notebooks point to is there: the claims that their sentences cite, and the files behind their links. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { loadClaims } from '../claims/harness/runner';

const FOLDER = path.join(__dirname, '../../notebooks');
/** Citations stand in parentheses: (`channel.qos.none`) or (`connection.close.lost`, `consume.requeue.place`). */
const CITATION = /\((?:`[\w.-]+`(?:, | and )?)+\)|\(<code>[\w.-]+<\/code>\)/g;
const ID = /[\w-]+(?:\.[\w-]+)+/g;
const LINK = /\]\((?!https?:)([^)#\s]+)/g;

function proseOf(file: string): string {
  const { cells } = JSON.parse(fs.readFileSync(path.join(FOLDER, file), 'utf8')) as {
    cells: readonly { readonly cell_type: string; readonly source: readonly string[] }[];
  };
  return cells
    .filter(({ cell_type }) => cell_type === 'markdown')
    .map(({ source }) => source.join(''))
    .join('\n');
}

describe('notebooks', () => {
  const known = new Set(loadClaims().map(({ id }) => id));

  for (const file of fs.readdirSync(FOLDER).filter((name) => name.endsWith('.ipynb'))) {
    it(`${file} cites claims that exist`, () => {
      const cited = [...proseOf(file).matchAll(CITATION)].flatMap(([text]) => [...text.matchAll(ID)].map(([id]) => id));
      assert.ok(cited.length > 0 || file.startsWith('00'), 'it cites at least one');
      assert.deepEqual(
        cited.filter((id) => !known.has(id)),
        [],
      );
    });

    it(`${file} links to files that exist`, () => {
      const links = [...proseOf(file).matchAll(LINK)].map(([, link]) => link as string);
      assert.deepEqual(
        links.filter((link) => !fs.existsSync(path.join(FOLDER, link))),
        [],
      );
    });
  }
});
