/**
 * Says in one sentence that this Node is too old. Written for every Node there has ever been (no modern syntax), because
 * the other tools are not: an old Node would answer them with a syntax error.
 */
'use strict';

/** The first version of each line that runs all packages we pin; a line that is not listed and is newer is fine. */
var FIRST = { 20: 19, 22: 12 };
var NEWEST_OLD = 22;

/** @param {string} version e.g. '20.19.4' @returns {boolean} */
function isNewEnough(version) {
  var parts = version.split('.').map(Number);
  if (parts[0] > NEWEST_OLD) return true;
  return FIRST[parts[0]] !== undefined && parts[1] >= FIRST[parts[0]];
}

module.exports = { isNewEnough: isNewEnough };

if (require.main === module && !isNewEnough(process.versions.node)) {
  console.error(
    'Warren needs Node 20.19 or newer (of the 22 line: 22.12 or newer), and this is ' +
      process.versions.node +
      '. Install a current Node from https://nodejs.org and run the command again.'
  );
  process.exit(1);
}
