/** Amounts of memory and disk as RabbitMQ reads them: a number of octets, or one with a unit behind it. */

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  kiB: 2 ** 10,
  KiB: 2 ** 10,
  kib: 2 ** 10,
  M: 2 ** 20,
  MiB: 2 ** 20,
  m: 2 ** 20,
  G: 2 ** 30,
  GiB: 2 ** 30,
  g: 2 ** 30,
  kB: 1e3,
  KB: 1e3,
  kb: 1e3,
  MB: 1e6,
  mb: 1e6,
  GB: 1e9,
  gb: 1e9,
};

/** Null if it cannot be read. */
export function octetsOf(text: string): number | null {
  const [, digits, unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  return digits === undefined || factor === undefined ? null : Number(digits) * factor;
}
