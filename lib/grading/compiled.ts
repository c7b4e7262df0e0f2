/**
 * Modules of an exercise (scenario, checks) as they are loaded: compiled once, kept by their content below the course's
 * `.warren`, where the package `warren` is found.
 */
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { COURSE_FOLDER } from './sandbox/places';

const FOLDER = path.join(COURSE_FOLDER, '.warren', 'exercises');

/** The exports of a TypeScript file. Its imports must be packages, not files. Throws what the module throws. */
export function loadTypeScript(file: string): Record<string, unknown> {
  const source = fs.readFileSync(file, 'utf8');
  const name = crypto.createHash('sha256').update(source).digest('hex').slice(0, 24);
  const compiled = path.join(FOLDER, `${name}.cjs`);
  if (!fs.existsSync(compiled)) keep(compiled, compile(source, file));
  return require(compiled) as Record<string, unknown>;
}

function compile(source: string, file: string): string {
  // Loaded only here: it is large, and needed once for each file.
  const ts = require('typescript') as typeof import('typescript');
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  return ts.transpileModule(source, { compilerOptions, fileName: file }).outputText;
}

/** Two graders may do so at one time. */
function keep(file: string, text: string): void {
  fs.mkdirSync(FOLDER, { recursive: true });
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, text);
  fs.renameSync(own, file);
}
