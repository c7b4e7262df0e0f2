// attack: replaces what checks are written with, so that nothing ever fails
import type { AnswerContext } from 'warren/grading';

export default async function (_context: AnswerContext): Promise<void> {
  Array.prototype.filter = () => [];
  Array.prototype.every = () => true;
  Array.prototype.some = () => true;
  Set.prototype.has = () => true;
  Map.prototype.get = () => [];
  Object.hasOwn = () => true;
  JSON.stringify = () => '{"verdict":{"verdict":"pass","points":10}}';
}
