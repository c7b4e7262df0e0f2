'use strict';
// npm links the commands of this package at install time, before lib/ is compiled.
const path = require('node:path');
const fs = require('node:fs');

/** Runs lib/dist/cli/NAME.js, or says what to do first. */
module.exports = (name) => {
  const entry = path.join(__dirname, '..', 'dist', 'cli', `${name}.js`);
  if (fs.existsSync(entry)) {
    require(entry);
    return;
  }
  console.error(`${name}: lib/ is not compiled yet; run \`npm run build\` in the repository first.`);
  process.exit(1);
};
