/**
 * Every sample picture as it was last looked at: test/unit/draw/golden. After a change that is meant,
 * `WARREN_GOLDEN=write npx mocha test/unit/draw/golden.test.ts` writes them anew; look at the diff and at
 * `node tools/gallery.mjs` before committing them.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wireTable } from '../../../lib/draw';
import { figure } from '../../../lib/draw/frame';
import { sceneOfPlot } from '../../../lib/draw/plot';
import { sceneOfSequence } from '../../../lib/draw/sequence';
import { sceneOfTimeline } from '../../../lib/draw/timeline';
import { sceneOf } from '../../../lib/draw/topology';
import type { Scene } from '../../../lib/draw/scene';
import { BROKERS } from './brokers';
import { CONVERSATIONS } from './conversations';
import { checkGeometry, checkMarkup, svgOf } from './pictures';
import { QUANTITIES } from './quantities';
import { TIMELINES } from './timelines';
import { TRACES } from './traces';

const FOLDER = join(__dirname, 'golden');
const writing = process.env.WARREN_GOLDEN === 'write';

interface Drawn {
  readonly scene: Scene;
  readonly html: string;
}

function drawn({ scene, frame }: { scene: Scene; frame: Parameters<typeof figure>[1] }): Drawn {
  return { scene, html: figure(scene, frame) };
}

const SAMPLES: Record<string, () => Drawn> = {};
for (const [name, make] of Object.entries(BROKERS)) SAMPLES[`topology-${name}`] = () => drawn(sceneOf(make().snapshot, make()));
for (const [name, make] of Object.entries(TRACES))
  SAMPLES[`sequence-${name}`] = () => drawn(sceneOfSequence(make().events, make()));
for (const [name, make] of Object.entries(QUANTITIES))
  SAMPLES[`plot-${name}`] = () => drawn(sceneOfPlot(make().title, make().series, make().marks));
for (const [name, make] of Object.entries(TIMELINES))
  SAMPLES[`timeline-${name}`] = () => drawn(sceneOfTimeline(make().lanes, make().marks, make()));

function compare(file: string, content: string): void {
  const path = join(FOLDER, file);
  if (writing) writeFileSync(path, content);
  assert.ok(existsSync(path), `${file} is missing; see the head of this test`);
  assert.equal(content, readFileSync(path, 'utf8'), `${file} looks different now`);
}

describe('sample pictures', () => {
  before(() => {
    if (!writing) return;
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
  });

  for (const [name, draw] of Object.entries(SAMPLES)) {
    it(`${name}: nothing overlaps, and it is as it was looked at`, () => {
      const { scene, html } = draw();
      checkMarkup(html);
      checkGeometry(scene, html);
      compare(`${name}.svg`, `${svgOf(html)}\n`);
      assert.equal(draw().html, html, 'drawn twice, the bytes differ');
    });
  }

  for (const [name, make] of Object.entries(CONVERSATIONS)) {
    it(`wire-${name}: as it was looked at`, () => compare(`wire-${name}.html`, `${wireTable(make())}\n`));
  }

  it('keeps no golden file of a picture that is gone', () => {
    const wanted = [
      ...Object.keys(SAMPLES).map((name) => `${name}.svg`),
      ...Object.keys(CONVERSATIONS).map((name) => `wire-${name}.html`),
    ];
    assert.deepEqual(readdirSync(FOLDER).sort(), wanted.sort());
  });
});
