// Which publishes the broker has confirmed, exactly, also when it confirms out of order and mixes single confirms with
// `multiple` ones, as RabbitMQ does.

export class ConfirmWindow {
  sent = 0;
  confirmed = 0;
  /** At most so many publishes may be unconfirmed. */
  #size;
  /** Invariant: every tag up to this one is confirmed, the next one is not. */
  #lowest = 0;
  /** Tags above `#lowest` that are confirmed although an earlier one is not yet. */
  #early = new Set();
  #wake = null;
  #wanted = 0;

  constructor(size) {
    this.#size = size;
  }

  get room() {
    return this.#size - (this.sent - this.confirmed);
  }

  /** Says that `count` more publishes are on their way; their tags follow those of the ones before. */
  send(count) {
    this.sent += count;
  }

  /** Resolves when `count` more publishes may be sent. One caller at a time. */
  untilRoomFor(count) {
    if (this.room >= count) return Promise.resolve();
    this.#wanted = count;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** A basic.ack arrived. Throws if it is for a publish that does not wait for one. */
  confirm(tag, multiple) {
    if (tag <= this.#lowest || tag > this.sent || this.#early.has(tag)) {
      throw new Error(`the broker confirmed publish ${tag}, which was not waiting for it`);
    }
    if (multiple) {
      while (this.#lowest < tag) this.#advance();
    } else {
      this.confirmed++;
      this.#early.add(tag);
    }
    while (this.#early.has(this.#lowest + 1)) this.#advance();
    if (this.#wake !== null && this.room >= this.#wanted) {
      const wake = this.#wake;
      this.#wake = null;
      wake();
    }
  }

  #advance() {
    this.#lowest++;
    if (!this.#early.delete(this.#lowest)) this.confirmed++;
  }
}
