/**
 * One seed for all property tests, so that a run can be repeated and a change is never refused for a case that another run would
 * not have met. `WARREN_SEED=N npm test` tries other cases; a case that once failed becomes a test of its own.
 */
'use strict';
const fc = require('fast-check');

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.WARREN_SEED ?? 20221016) });
