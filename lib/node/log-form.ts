/**
 * Lines of a log as RabbitMQ writes them: `2026-11-21 12:00:00.123456+00:00 [info] <0.700.0> text`. Of a text with several
 * lines each gets the same head.
 */
import type { Log } from '../world/world';

/** From the least grave to nothing at all; `critical` and `none` let nothing of this broker through. */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'none'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Who writes where nobody else is named. */
const NODE_PROCESS = '<0.223.0>';

/** `epochMs` may have a fraction; the clock of most machines gives microseconds. */
export function logLines(epochMs: number, level: LogLevel, process: string, text: string): string {
  const at = new Date(epochMs).toISOString();
  const micros = Math.floor((epochMs * 1000) % 1000);
  const head = `${at.slice(0, 10)} ${at.slice(11, 23)}${String(micros).padStart(3, '0')}+00:00 [${level}] ${process} `;
  return `${text.replace(/^/gm, head)}\n`;
}

/** A log in this form. */
export class FormedLog implements Log {
  level: LogLevel;

  /** `write` takes whole lines. */
  constructor(
    private readonly epochMs: () => number,
    private readonly out: (lines: string) => void,
    level: LogLevel = 'info',
  ) {
    this.level = level;
  }

  write(level: LogLevel, text: string, process = NODE_PROCESS): void {
    if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.level)) this.out(logLines(this.epochMs(), level, process, text));
  }
}
