/** The files that the rules look at: name → text, names with `/` and from the project's folder on. */
import fs from 'node:fs';
import path from 'node:path';

const SKIPPED = new Set(['node_modules', 'dist', '.git', '.venv', '.warren', '.ipynb_checkpoints']);
const READ = /\.(ts|mjs|cjs|js|ipynb)$|^(package-lock\.json|ARCHITECTURE\.md|\.ci\/run)$/;

/** @param {string} root @returns {Map<string, string>} */
export function readProject(root) {
  const files = new Map();
  const enter = (/** @type {string} */ folder) => {
    for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name)) enter(name);
      } else if (entry.isFile() && READ.test(name)) files.set(name, fs.readFileSync(path.join(root, name), 'utf8'));
    }
  };
  enter('');
  return files;
}
