/** Captured conversations: what the golden files and the gallery share. */
import type { WireRow } from '../../../lib/draw';

function hexOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex');
}

export const CONVERSATIONS: Readonly<Record<string, () => WireRow[]>> = {
  nothing: () => [],

  hello: () => [
    {
      at: 1,
      direction: 'client→broker',
      channel: 0,
      name: 'protocol header',
      detail: 'AMQP 0-9-1',
      bytes: 8,
      hex: hexOf('AMQP\u0000\u0000\u0009\u0001'),
    },
    {
      at: 2,
      direction: 'broker→client',
      channel: 0,
      name: 'connection.start',
      detail: 'version 0-9, mechanisms PLAIN AMQPLAIN, locales en_US',
      bytes: 512,
      hex: hexOf(`\u0001${'x'.repeat(511)}`),
    },
    {
      at: 4,
      direction: 'client→broker',
      channel: 0,
      name: 'connection.start-ok',
      detail: 'mechanism PLAIN, locale en_US, 4 client properties',
      bytes: 312,
    },
    {
      at: 9,
      direction: 'client→broker',
      channel: 1,
      name: 'basic.publish',
      detail: 'exchange (default), routing key hello',
      bytes: 22,
      hex: '01 00 01 00 00 00 0e 00 3c 00 28 00 00 00 05 68 65 6c 6c 6f 00 ce',
    },
    {
      at: 9,
      direction: 'client→broker',
      channel: 1,
      name: 'header',
      detail: 'basic, body of 5 bytes, content-type text/plain',
      bytes: 33,
    },
    {
      at: 9,
      direction: 'client→broker',
      channel: 1,
      name: 'body',
      detail: 'Hello',
      bytes: 13,
      hex: '030001000000 05 48656c6c6f ce',
    },
    { at: 11, direction: 'broker→client', channel: 0, name: 'heartbeat', detail: '', bytes: 8 },
  ],

  long: () =>
    Array.from(
      { length: 450 },
      (_, i): WireRow => ({
        at: i,
        direction: i % 3 === 0 ? 'broker→client' : 'client→broker',
        channel: 1 + (i % 4),
        name: ['basic.deliver', 'header', 'body'][i % 3] as string,
        detail: `<frame> number ${i}`,
        bytes: 20 + i,
        hex: 'ce'.repeat(600),
      }),
    ),
};
