/** Where things are. Everything that is made, not committed, lies in `.warren/`, `.venv/`, `node_modules/` or `lib/dist/`. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
export const STATE = path.join(ROOT, '.warren');
export const LOGS = path.join(STATE, 'logs');
export const VENV = path.join(ROOT, '.venv');
export const WELCOME = 'notebooks/00-welcome.ipynb';
