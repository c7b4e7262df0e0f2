/** What a connection has agreed on once it is open. */
import type { Vhost } from './vhost';

export interface Session {
  readonly user: string;
  readonly vhost: Vhost;
  readonly channelMax: number;
  readonly frameMax: number;
  /** Seconds; 0 for none. */
  readonly heartbeat: number;
  /** Client capabilities that the broker heeds. */
  readonly cancelNotify: boolean;
  readonly blockedNotify: boolean;
}
