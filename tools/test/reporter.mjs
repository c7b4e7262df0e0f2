/** A line per test file while it runs, what was not run and why, and at the end each failure in full. */
import path from 'node:path';
import Mocha from 'mocha';
import { ROOT } from '../setup/paths.mjs';
import { seconds } from '../setup/say.mjs';

const { Base } = Mocha.reporters;

export class FileReporter extends Base {
  /** @param {Mocha.Runner} runner @param {Mocha.MochaOptions} options */
  constructor(runner, options) {
    super(runner, options);
    const { EVENT_TEST_END, EVENT_HOOK_END, EVENT_TEST_FAIL, EVENT_RUN_END } = Mocha.Runner.constants;
    let file = '';
    let start = 0;
    let counts = { passed: 0, failed: 0 };
    /** @type {string[]} */
    let pending = [];
    const close = () => {
      if (!file) return;
      const number = `${counts.passed} passed${counts.failed ? `, ${counts.failed} failed` : ''}`;
      const notes = pending.map((title) => `\n--    ${title}`).join('');
      console.log(`${counts.failed ? 'FAIL' : 'ok  '}  ${path.relative(ROOT, file)}  ${number}  ${seconds(start)}${notes}`);
    };
    const enter = (/** @type {Mocha.Runnable} */ { file: next = '' }) => {
      if (next === file) return;
      close();
      file = next;
      start = performance.now();
      counts = { passed: 0, failed: 0 };
      pending = [];
    };
    runner.on(EVENT_HOOK_END, enter);
    runner.on(EVENT_TEST_FAIL, (test) => {
      enter(test);
      counts.failed += 1;
    });
    runner.on(EVENT_TEST_END, (test) => {
      enter(test);
      if (test.isPending()) pending.push(test.fullTitle());
      else if (test.isPassed()) counts.passed += 1;
    });
    runner.once(EVENT_RUN_END, () => {
      close();
      if (this.failures.length) Base.list(this.failures);
    });
  }
}
