'use strict';
/**
 * What cells write to stdout and stderr, as few messages as can be: a loop of ten thousand `console.log` calls would
 * otherwise be ten thousand messages, and Jupyter stops showing output beyond a thousand a second.
 *
 * Invariant: text and pictures appear in the order in which the cell made them (`flush` before anything else is sent).
 */
const { StringDecoder } = require('node:string_decoder');

const MAX_CHARS = 16_384;
/** A cell that computes without a pause still shows its output this often. */
const MAX_WAIT_MS = 100;

class Output {
  #send;
  #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  #name = 'stdout';
  #text = '';
  #since = 0;
  #scheduled = false;

  /** @param {(name: string, text: string) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /** From now on what the process writes comes here. */
  capture() {
    for (const name of ['stdout', 'stderr']) {
      process[name].write = (chunk, encoding, callback) => {
        this.write(name, typeof chunk === 'string' ? chunk : this.#decoders[name].write(Buffer.from(chunk)));
        const done = typeof encoding === 'function' ? encoding : callback;
        if (done) process.nextTick(done);
        return true;
      };
    }
  }

  /** @param {string} name @param {string} text */
  write(name, text) {
    if (name !== this.#name) this.flush();
    if (this.#text === '') this.#since = Date.now();
    this.#name = name;
    this.#text += text;
    if (this.#text.length >= MAX_CHARS || Date.now() - this.#since >= MAX_WAIT_MS) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
  }

  flush() {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#send(this.#name, text);
  }
}

module.exports = { Output };
