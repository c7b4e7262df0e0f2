/** Bounded connections and channels: they are made once and kept, not made for each message. */
import type { WireRecord } from '../wire/wire-record';
import { Open, type Most } from './open';

export interface Uses extends Most {
  /** How many were opened altogether. */
  readonly opened: number;
}

/** Connections that were accepted by the broker, of one program or of all. */
export function connectionsUsed(records: readonly WireRecord[], program?: string): Uses {
  return used(records, program, 'connection.open-ok', ({ connection }) => `${connection} `);
}

/** Channels of all these connections. */
export function channelsUsed(records: readonly WireRecord[], program?: string): Uses {
  return used(records, program, 'channel.open-ok', ({ connection, channel }) => `${connection} ${channel} `);
}

function used(
  records: readonly WireRecord[],
  program: string | undefined,
  opens: string,
  keyOf: (record: WireRecord) => string,
): Uses {
  const open = new Open();
  let opened = 0;
  for (const record of records) {
    if (program !== undefined && record.program !== program) continue;
    if (record.method === opens) {
      opened += 1;
      open.add(record, keyOf(record));
    }
    if (record.method === 'tcp.end') open.removeAll(`${record.connection} `);
    if (record.method === 'channel.close-ok') open.removeAll(`${record.connection} ${record.channel} `);
  }
  return { ...open.most, opened };
}
