/**
 * A node in a process of its own, to be killed: `node.cjs FOLDER`. Prints its port once it serves. It runs the library as built,
 * so that it starts at once.
 */
'use strict';
const { createBroker } = require('../../lib/dist/broker/broker');
const { openLogStorage } = require('../../lib/dist/storage/log-storage');
const { LiveWorld } = require('../../lib/dist/world/live');
const { LiveDisk } = require('../../lib/dist/world/live-disk');

/** So small that segments fill, are indexed, cleaned and removed all the time. */
const SEGMENT_BYTES = 256 << 10;
const MESSAGE_MEMORY = 8 << 20;

const world = new LiveWorld({ log: { write: (level, text) => console.error(`${level}: ${text}`) } });
const failed = (error) => {
  console.error(`storage: ${error.message}`);
  process.exit(1);
};
const storage = openLogStorage(world, new LiveDisk(process.argv[2]), { segmentBytes: SEGMENT_BYTES, failed });
const broker = createBroker(world, { nodeName: 'torture', storage, messageMemory: MESSAGE_MEMORY });
broker.listen({ host: '127.0.0.1', port: 0 }, (error, bound) => {
  if (error !== null) throw error;
  console.log(`port ${bound.port}`);
});
// The figures of an orderly life, for whoever asked for one.
process.on('SIGTERM', () => broker.stop(() => process.send(storage.figures, () => process.exit(0))));
// Nobody is left to kill it.
process.on('disconnect', () => process.exit(0));
