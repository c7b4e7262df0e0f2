/** Cards and pages of the grader in a browser, light and dark, wide and narrow: nothing serious for axe, and all by keyboard. */
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as amqp from 'amqplib';
import type { CheckResult, Verdict } from '../../lib/grading/attempt';
import { collect } from '../../lib/grading/classroom/collect';
import { feedback } from '../../lib/grading/classroom/feedback';
import { gradeClass } from '../../lib/grading/classroom/grade-class';
import { release } from '../../lib/grading/classroom/release';
import { submit } from '../../lib/grading/classroom/submit';
import { readExercise, type Exercise } from '../../lib/grading/exercise';
import { unjudged } from '../../lib/grading/grade';
import { verdictCard } from '../../lib/grading/report/card';
import { hintCard } from '../../lib/grading/report/hint-card';
import { readMessages } from '../../lib/grading/report/messages';
import { drawMoment } from '../../lib/grading/report/moment';
import type { After } from '../../lib/grading/student/after';
import { withLab } from '../../lib/lab/with-lab';
import { ANSWERS, EXERCISE, lay, newClass } from '../unit/grading/classroom-folder';
import { Browser, browserPath, type Look, type Page } from './browser';

const EXERCISES = path.join(__dirname, '..', '..', 'exercises');
const FORWARD = readExercise(EXERCISES, 'forward-without-loss');
const PREDICTION = readExercise(EXERCISES, 'predict-crash-unacked');
const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const LOOKS: readonly Look[] = [
  { scheme: 'light', width: 1000 },
  { scheme: 'dark', width: 1000 },
  { scheme: 'light', width: 400 },
  { scheme: 'dark', width: 400 },
];
const AFTER: After = {
  passed: false,
  hints: { left: 2, all: 9 },
  points: { points: 4, pointsMax: 10 },
  total: { points: 5, pointsMax: 30 },
  brokenAt: 4,
  unwritten: 'EROFS: read-only file system',
  unreadable: ["The exercise 'other' is left out, for its exercise.json is damaged: no JSON"],
};

/** A message that was delivered twice, as a picture. */
function momentPicture(): Promise<string> {
  return withLab({ name: 'cards', engine: 'warren' }, async (lab) => {
    const connection = await amqp.connect(lab.url());
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('orders');
    channel.sendToQueue('orders', Buffer.from('parcel-1'));
    await channel.waitForConfirms();
    const first = await channel.get('orders');
    if (first !== false) channel.nack(first);
    const second = await channel.get('orders');
    if (second !== false) channel.ack(second);
    await connection.close();
    await lab.settled();
    return drawMoment(lab.trace.events, 'parcel-1');
  });
}

/** A verdict on which the first check failed, the second passed, and others stay open. */
function failed(exercise: Exercise, moment: string): Verdict {
  const messages = readMessages(exercise);
  const findings = Object.keys(messages)
    .filter((key) => !key.startsWith('hint.'))
    .map((text) => {
      const places = [...(messages[text] ?? '').matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, name]);
      return { text, with: Object.fromEntries(places) as Record<string, string> };
    });
  const checks = exercise.info.checks.map((check, index): CheckResult => {
    const passed = index === 0 ? false : index === 1 ? true : null;
    return { ...check, passed, findings: passed === false ? [...findings, ...findings] : [], seed: passed === false ? 11 : null };
  });
  return { ...unjudged(exercise, 'fail', '', 'warren', 'bubblewrap'), checks, points: 4, moment };
}

/** Cards by their names. */
async function cards(): Promise<Record<string, string>> {
  const moment = await momentPicture();
  const plain = (verdict: Verdict['verdict'], trouble: string): Verdict =>
    unjudged(FORWARD, verdict, trouble, 'warren', 'bubblewrap');
  const fail = failed(FORWARD, moment);
  const checks = fail.checks.map((check): CheckResult => ({ ...check, passed: true, findings: [], seed: null }));
  const hints = [1, 2].map((rung) => ({ check: 'nothing-lost', rung, rungs: 3, text: 'What does a confirm say?' }));
  return {
    pass: verdictCard({ ...fail, verdict: 'pass', checks, moment: '', points: 10 }, FORWARD, { ...AFTER, passed: true }),
    'fail with a picture': verdictCard(fail, FORWARD, AFTER),
    'did not run': verdictCard(plain('did not run', "line 3: ';' expected."), FORWARD, AFTER),
    'over limit': verdictCard(plain('over limit', 'time: 8000 ms, 8000 allowed.'), FORWARD, AFTER),
    inconclusive: verdictCard(plain('inconclusive', 'In none of the runs this happened: a cut.'), FORWARD, AFTER),
    "grader's fault": verdictCard(plain("grader's fault", 'The judging process ended.'), FORWARD, AFTER),
    hint: hintCard({ kind: 'hints', hints, isNew: true }, FORWARD),
    'no hint': hintCard({ kind: 'none left' }, FORWARD),
    prediction: verdictCard(failed(PREDICTION, moment), PREDICTION, AFTER),
  };
}

/** What a student of a class gets, with a verdict on which a check failed. */
async function feedbackPage(): Promise<string> {
  const { home, of } = newClass();
  try {
    release(of);
    lay(of.at('release'), { [`answers/${EXERCISE}.ts`]: ANSWERS[2] });
    const now = new Date(Date.UTC(2027, 0, 1));
    await submit({ folder: of.at('release'), student: 'ann', to: of.at('submissions'), notebook: null, now });
    await collect(of);
    const options = { jobs: 1, engine: 'warren', trustStudents: true, progress: () => undefined } as const;
    await gradeClass(of, options, async (jobs, keep) => {
      const exercise = readExercise(path.join(home, 'exercises'), EXERCISE);
      for (const job of jobs) keep(job, { verdict: failed(exercise, ''), tookMs: 1 });
    });
    const [file = ''] = feedback(of, 'ann').files;
    return fs.readFileSync(file, 'utf8');
  } finally {
    fs.rmSync(home, { recursive: true });
  }
}

function page(card: string): string {
  const head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Card</title>';
  const style = '<style>:root{color-scheme:light dark}body{margin:16px}</style>';
  const body = `<body><main><h1>Card</h1><h2>Cell</h2>${card}</main></body>`;
  return `<!doctype html>\n<html lang="en"><head>${head}${style}</head>${body}</html>`;
}

/** Violations of the last look that would keep somebody from reading or using it. */
async function violations(open: Page): Promise<string[]> {
  await open.evaluate(`${AXE}; undefined`);
  return open.evaluate<string[]>(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.html.slice(0, 160) + ' ' + node.failureSummary)))`);
}

/** What can be opened, or is wider than its place; each must be reached by Tab, and be seen to have been. */
const STOPS = `[...document.querySelectorAll('.sc, summary')]
  .filter((each) => each.checkVisibility() && (each.tagName === 'SUMMARY' || each.scrollWidth > each.clientWidth)).length`;
const STOP = `(() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  return { tag: at.tagName, about: at.outerHTML.slice(0, 100), seen: outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 };
})()`;

describe('cards in a browser', function () {
  this.timeout(180_000);
  const file = browserPath();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warren-cards-'));
  const pages = new Map<string, string>();
  let browser: Browser;
  let open: Page;

  before(async function () {
    if (file === null) {
      console.log('--    Cards are not looked at: there is no Chromium (apt-get install chromium).');
      this.skip();
    }
    const all = { ...(await cards()), feedback: '' };
    for (const [name, card] of Object.entries(all)) {
      const place = path.join(folder, `${name.replace(/\W/g, '-')}.html`);
      fs.writeFileSync(place, name === 'feedback' ? await feedbackPage() : page(card));
      pages.set(name, place);
    }
    browser = new Browser(file);
    open = await browser.page();
  });
  after(async () => {
    await browser?.close();
    fs.rmSync(folder, { recursive: true });
  });

  it('hold nothing that axe calls serious, light and dark, wide and narrow', async () => {
    const found: string[] = [];
    for (const [name, place] of pages)
      for (const look of LOOKS) {
        await open.open(place, look);
        for (const violation of await violations(open)) found.push(`${name}, ${look.scheme}, ${look.width}: ${violation}`);
      }
    assert.deepEqual(found, []);
  });

  it('would be found out: grey on grey, and a scroller that no key reaches', async () => {
    const place = path.join(folder, 'bad.html');
    fs.writeFileSync(place, page('<p style="color:#888;background:#999">no</p>'));
    await open.open(place, { scheme: 'light', width: 400 });
    assert.match((await violations(open)).join('\n'), /color-contrast/);
  });

  it('are light on light pages and dark on dark ones', async () => {
    const grounds: string[] = [];
    for (const look of LOOKS.slice(0, 2)) {
      await open.open(pages.get('pass') ?? '', look);
      grounds.push(await open.evaluate('getComputedStyle(document.querySelector("section")).backgroundColor'));
    }
    assert.deepEqual(grounds, ['rgb(255, 255, 255)', 'rgb(21, 25, 30)']);
  });

  for (const name of ['fail with a picture', 'hint', 'feedback'])
    it(`${name}: every part that scrolls or folds is reached by Tab, and is seen to be`, async () => {
      await open.open(pages.get(name) ?? '', { scheme: 'dark', width: 400 });
      const stops = await open.evaluate<number>(STOPS);
      for (let stop = 0; stop < stops; stop++) {
        await open.press('Tab');
        const { tag, about, seen } = await open.evaluate<{ tag: string; about: string; seen: boolean }>(STOP);
        assert.ok(['DIV', 'SUMMARY'].includes(tag), `stop ${stop + 1} of ${stops}: ${about}`);
        assert.ok(seen, `nobody sees that this has the focus: ${about}`);
      }
    });

  it('a picture that is too wide is scrolled, and a hint is opened, without a mouse', async () => {
    await open.open(pages.get('fail with a picture') ?? '', { scheme: 'light', width: 400 });
    await open.press('Tab');
    await open.press('ArrowRight');
    const scrolled = `new Promise((done) => {
        const of = document.activeElement;
        if (of.scrollLeft > 0) done(true);
        else of.onscroll = () => done(true);
      })`;
    assert.equal(await open.evaluate(scrolled), true);
    await open.open(pages.get('hint') ?? '', { scheme: 'light', width: 400 });
    await open.press('Tab');
    await open.press('Enter');
    assert.equal(await open.evaluate('document.querySelector("details").open'), true);
  });
});
