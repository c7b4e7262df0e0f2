// attack: connects to sockets of the machine: buses, containers, agents
import * as net from 'node:net';
import type { AnswerContext } from 'warren/grading';

export default async function ({ log }: AnswerContext): Promise<void> {
  const places = [
    '/run/dbus/system_bus_socket',
    '/var/run/docker.sock',
    '/run/user/1000/bus',
    '/run/systemd/private',
    '/tmp/.X11-unix/X0',
    '\0/tmp/.X11-unix/X0',
    '\0warren-attack',
    '/run/snapd.socket',
  ];
  await Promise.all(
    places.map(
      (path) =>
        new Promise<void>((resolve) => {
          const socket = net.connect({ path });
          socket.on('connect', () => resolve(log('connected', path)));
          socket.on('error', (error) => resolve(log(path, String(error))));
        }),
    ),
  );
}
