/** Texts of findings and hints: data of the exercise, with `{name}` where a value goes. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Finding } from '../check';
import type { Exercise } from '../exercise';

export type Messages = Readonly<Record<string, string>>;

const PLACE = /\{(\w+)\}/g;

export function readMessages({ folder }: Exercise): Messages {
  return JSON.parse(fs.readFileSync(path.join(folder, 'messages.en.json'), 'utf8')) as Messages;
}

/** The text of a finding. Throws if there is none, or a place in it has no value: lint keeps both from happening. */
export function textOf(messages: Messages, { text, with: values = {} }: Finding): string {
  return filled(messages, text, values);
}

/** A message with what stands in its places. Throws as above. */
export function filled(messages: Messages, key: string, values: Readonly<Record<string, string | number>>): string {
  const template = messages[key];
  if (template === undefined) throw new Error(`There is no message '${key}'.`);
  return template.replace(PLACE, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The message '${key}' needs a value for {${name}}.`);
    return harmless(String(value));
  });
}

/** What came over the wire is shown as text: control characters, which steer terminals, are replaced. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd').slice(0, 400);
}
