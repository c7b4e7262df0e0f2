#!/usr/bin/env node
'use strict';
// The committed face of the `warren` command: npm links it at install time, before lib/ is compiled.
const path = require('node:path');
const fs = require('node:fs');
const entry = path.join(__dirname, '..', 'dist', 'cli', 'warren.js');
if (!fs.existsSync(entry)) {
  console.error('warren: lib/ is not compiled yet; run `npm run build` in the repository first.');
  process.exit(1);
}
require(entry);
