/**
 * The notebook's cell, if there is one: pictures go there through tslab's display. tslab is never loaded from here; a kernel
 * has it loaded already, and elsewhere nothing is shown.
 */
import { Picture } from './picture';

interface Display {
  html(html: string): void;
}

/** The one module of tslab that tells whether a cell can be written to. */
const KERNEL_MODULE = /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/;

/** tslab's display while a kernel runs this process, else null. */
function display(): Display | null {
  const path = Object.keys(require.cache).find((name) => KERNEL_MODULE.test(name));
  if (path === undefined) return null;
  const { lastWriteDisplayData } = require(path) as { lastWriteDisplayData: unknown };
  if (lastWriteDisplayData === null || lastWriteDisplayData === undefined) return null;
  return (require(path.replace(KERNEL_MODULE, '/tslab/dist/public.js')) as { display: Display }).display;
}

export function inNotebook(): boolean {
  return display() !== null;
}

/** Shows HTML in the cell; does nothing elsewhere. */
export function show(html: string): void {
  display()?.html(html);
}

/** Says something to whoever runs the program: under the cell, or in the terminal. */
export function say(text: string): void {
  console.log(text);
}

/** Shows HTML in the cell if there is one, and gives it as a picture. */
export function drawn(html: string): Picture {
  const shown = inNotebook();
  if (shown) show(html);
  return new Picture(html, shown);
}
