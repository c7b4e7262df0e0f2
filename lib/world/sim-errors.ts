/** Errors of the operating system, as node would make them: code, errno, syscall, address and the usual message. */
import { constants } from 'node:os';

export interface SystemErrorDetail {
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
}

const GETADDRINFO_NOT_FOUND = -3008;

export function systemError(code: string, syscall: string, detail: SystemErrorDetail = {}): NodeJS.ErrnoException {
  const where = detail.hostname ?? (detail.address === undefined ? undefined : `${detail.address}:${detail.port}`);
  const error: NodeJS.ErrnoException = new Error(`${syscall} ${code}${where === undefined ? '' : ` ${where}`}`);
  error.code = code;
  error.errno = code === 'ENOTFOUND' ? GETADDRINFO_NOT_FOUND : -(constants.errno as Record<string, number>)[code]!;
  error.syscall = syscall;
  return Object.assign(error, detail);
}
