'use strict';
/**
 * Jupyter's messages on ZeroMQ (https://jupyter-client.readthedocs.io/en/stable/messaging.html): frames in, message out,
 * and back. Used by the kernel and by the headless client, so both ends are the same code under test.
 *
 * On the wire: identities ..., `<IDS|MSG>`, signature, header, parent header, metadata, content [, buffers ...].
 */
const crypto = require('node:crypto');

const DELIMITER = Buffer.from('<IDS|MSG>');
const PROTOCOL = '5.3';

/** @param {{ transport: string, ip: string }} connection @param {number} port */
function address(connection, port) {
  return connection.transport === 'ipc' ? `ipc://${connection.ip}-${port}` : `${connection.transport}://${connection.ip}:${port}`;
}

/**
 * @param {Buffer[]} frames
 * @param {string} key of the connection file; empty: messages are not signed
 * @throws if the signature is wrong or a frame is missing
 */
function decode(frames, key) {
  const at = frames.findIndex((frame) => DELIMITER.equals(frame));
  if (at < 0 || frames.length < at + 6) throw new Error(`not a Jupyter message: ${frames.length} frames`);
  const parts = frames.slice(at + 2, at + 6);
  const want = Buffer.from(sign(parts, key));
  const got = Buffer.from(frames[at + 1]);
  if (want.length !== got.length || !crypto.timingSafeEqual(want, got))
    throw new Error('a Jupyter message has a wrong signature');
  const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part.toString()));
  return { identities: frames.slice(0, at), header, parent, metadata, content };
}

/** @returns {(Buffer | string)[]} */
function encode({ identities = [], header, parent = {}, metadata = {}, content }, key) {
  const parts = [header, parent, metadata, content].map((part) => JSON.stringify(part));
  return [...identities, DELIMITER, sign(parts, key), ...parts];
}

function sign(parts, key) {
  if (!key) return '';
  const hmac = crypto.createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}

function makeHeader(type, session, username = 'kernel') {
  return { msg_id: crypto.randomUUID(), session, username, date: new Date().toISOString(), msg_type: type, version: PROTOCOL };
}

module.exports = { PROTOCOL, address, decode, encode, makeHeader };
