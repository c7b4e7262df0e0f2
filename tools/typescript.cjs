/**
 * `node -r ./tools/typescript.cjs FILE.ts`: runs TypeScript sources as they stand, without checking types (`npm run check`
 * does that), so that a test run starts at once.
 */
'use strict';
const path = require('node:path');

require('ts-node').register({
  transpileOnly: true,
  project: path.join(__dirname, '..', 'tsconfig.json'),
  // ts-node writes into a folder of its own making; TypeScript 6 wants to be told where sources are counted from.
  compilerOptions: { rootDir: path.join(__dirname, '..') },
});
