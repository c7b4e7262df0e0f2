'use strict';
// The grader's own process, apart from whoever asks for a verdict: grading/process/ask.ts starts it.
require('../dist/grading/process/judge.js');
