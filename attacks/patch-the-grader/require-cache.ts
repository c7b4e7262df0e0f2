// attack: puts a module of its own in the place of each that is loaded
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  for (const entry of Object.values(require.cache))
    if (entry !== undefined) entry.exports = new Proxy({}, { get: () => () => [] });
  const Module = require('node:module') as { _load: unknown };
  Module._load = () => new Proxy({}, { get: () => () => [] });
}
