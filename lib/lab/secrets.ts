/** What of a command line must not stand in a trace: passwords, which pictures and reports would show. */

/** Commands with a password among their arguments, and which one it is (not counting options). */
const PASSWORD_AT: Readonly<Record<string, number>> = { add_user: 1, change_password: 1, authenticate_user: 1 };
const SHOWN = '***';

/** The line as it may be shown; `words` is what it says, the tool first. */
export function withoutSecrets(line: string, words: readonly string[]): string {
  const plain = words.filter((word, i) => i > 0 && !word.startsWith('-') && !isValue(words, i));
  const [command = '', ...args] = plain;
  const place = PASSWORD_AT[command];
  const secret = place === undefined ? undefined : args[place];
  return secret ? line.replaceAll(secret, SHOWN) : line;
}

/** The value of `-n`, `-p` or `-t`, which stands in a word of its own. */
function isValue(words: readonly string[], i: number): boolean {
  return ['-n', '-p', '-t'].includes(words[i - 1] as string);
}
