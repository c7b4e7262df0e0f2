/** TLS of the live world, with Node's own implementation. */
import * as tls from 'node:tls';
import type { Secured } from './live-link';
import type { PeerCertificate, TlsOptions, TlsSession } from './world';

/** `accept` gets each socket whose handshake succeeded. Throws on certificates or keys that cannot be read. */
export function tlsServer(options: TlsOptions, accept: (socket: tls.TLSSocket, secured: Secured) => void): tls.Server {
  const { cert, key, cacert, verifyPeer = false, failIfNoPeerCert = false } = options;
  const server = tls.createServer(
    {
      cert,
      key,
      ...(cacert === undefined ? {} : { ca: cacert }),
      requestCert: verifyPeer,
      // A certificate that was sent and is not good ends the handshake; none at all only if one is wanted.
      rejectUnauthorized: verifyPeer && failIfNoPeerCert,
      minVersion: 'TLSv1.2',
    },
    (socket) => {
      const sent = Object.keys(socket.getPeerCertificate()).length > 0;
      if (verifyPeer && sent && !socket.authorized) socket.destroy();
      else accept(socket, { peerCertificate: checkedCertificate(socket), tls: tlsSession(socket) });
    },
  );
  // A failed handshake concerns nobody but the client that failed.
  server.on('tlsClientError', (_, socket) => socket.destroy());
  return server;
}

/** Null if there is none, or nobody checked it. */
function checkedCertificate(socket: tls.TLSSocket): PeerCertificate | null {
  if (!socket.authorized) return null;
  const { subject, issuer, valid_from: from, valid_to: to } = socket.getPeerCertificate();
  if (subject === undefined) return null;
  return {
    distinguishedName: nameOf(subject),
    commonName: String([subject.CN].flat()[0] ?? ''),
    issuer: nameOf(issuer),
    validity: `${dateOf(from)} - ${dateOf(to)}`,
  };
}

/** Null while nothing is agreed yet. */
function tlsSession(socket: tls.TLSSocket): TlsSession | null {
  const protocol = socket.getProtocol();
  return protocol === null ? null : { protocol, cipher: socket.getCipher().standardName };
}

function nameOf(name: tls.Certificate): string {
  const parts = Object.entries(name).flatMap(([type, value]) => [value].flat().map((one) => `${type}=${escaped(String(one))}`));
  return parts.reverse().join(',');
}

function dateOf(text: string): string {
  return new Date(text).toISOString().replace('.000', '');
}

/** RFC 4514. */
function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]/g, (character) => `\\${character}`);
}
