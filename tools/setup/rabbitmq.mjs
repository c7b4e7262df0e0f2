/** Whether there is a real RabbitMQ to compare with. Starting one is the lab's business (lib/lab). */
import fs from 'node:fs';
import path from 'node:path';
import { which } from './run.mjs';

/** Debian keeps the scripts that run as any user here; those on PATH insist on the user `rabbitmq`. */
const DEBIAN = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** @returns {Promise<string | null>} where its server is */
export async function findRabbitmq() {
  if (process.env.RABBITMQ_HOME) {
    const named = path.join(process.env.RABBITMQ_HOME, 'sbin', 'rabbitmq-server');
    return fs.existsSync(named) ? named : null;
  }
  const server = fs.existsSync(DEBIAN) ? DEBIAN : which('rabbitmq-server');
  return server && path.normalize(server);
}
