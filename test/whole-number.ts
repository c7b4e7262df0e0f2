/** The value of an option of a command, such as `--seeds 300`. Throws what is wrong with it. */
export function wholeNumber(option: string, given: string, least = 1): number {
  const number = Number(given);
  if (given.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`--${option} must be a whole number of at least ${least}, not '${given}'.`);
}
