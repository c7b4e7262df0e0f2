'use strict';
/**
 * The kernel's side of the Jupyter protocol: five sockets, a table of requests, one cell at a time.
 *
 * What stock tslab does not do and this does: `execute_input` and `error` messages, `ename`/`evalue`/`traceback` in the
 * reply, `aborted` for cells that were waiting behind a failed one, and none of that when the client asked to go on
 * (`stop_on_error: false`). A shutdown ends the process, so that `process.on('exit')` handlers stop what cells started.
 */
const { PROTOCOL, address, decode, encode, makeHeader } = require('./wire.cjs');
const { Output } = require('./output.cjs');
const tslab = require('./tslab.cjs');

/** How long after a failed cell requests still count as sent together with it ("Run all" sends every cell at once). */
const ABORT_WINDOW_MS = 50;

/** Every send is done when the call returns, also in the middle of a cell that never pauses; nothing is dropped. */
const AT_ONCE = { sendHighWaterMark: 0, sendTimeout: 0 };

const KERNEL_INFO = {
  status: 'ok',
  protocol_version: PROTOCOL,
  implementation: 'tslab',
  implementation_version: tslab.version,
  language_info: {
    name: 'typescript',
    version: tslab.typescriptVersion,
    mimetype: 'text/typescript',
    file_extension: '.ts',
    pygments_lexer: 'typescript',
    // This pair is what both notebook and JupyterLab understand as TypeScript.
    codemirror_mode: { mode: 'typescript', name: 'javascript', typescript: true },
  },
  banner: `TypeScript ${tslab.typescriptVersion} (tslab ${tslab.version}, Node ${process.versions.node})`,
  help_links: [],
};

class KernelServer {
  #connection;
  #cells;
  #helper;
  #sockets = {};
  #output;
  #count = 0;
  /** The request whose cell runs, or ran last: late output belongs to it. */
  #parent = { header: {}, identities: [] };
  #running = null;
  #queue = Promise.resolve();
  #aborting = false;
  #session = `kernel-${process.pid}`;

  /**
   * @param {{ transport: string, ip: string, key: string, shell_port: number, control_port: number, iopub_port: number,
   *   stdin_port: number, hb_port: number }} connection the connection file's content
   * @param {ReturnType<import('./cells.cjs').createCells>} cells
   */
  constructor(connection, cells) {
    this.#connection = connection;
    this.#cells = cells;
    this.#helper = new tslab.Handler(cells.executor, false);
    this.#output = new Output((name, text) => this.#publish('stream', { name, text }));
  }

  /** Requests of the shell and control sockets: what to answer. `execute_request` and `shutdown_request` stand apart. */
  #answers = {
    kernel_info_request: () => KERNEL_INFO,
    is_complete_request: (content) => this.#helper.handleIsComplete(content),
    inspect_request: (content) => this.#helper.handleInspect(content),
    complete_request: (content) => this.#helper.handleComplete(content),
    comm_info_request: () => ({ status: 'ok', comms: {} }),
    history_request: () => ({ status: 'ok', history: [] }),
    interrupt_request: () => {
      this.interrupt();
      return { status: 'ok' };
    },
  };

  async listen() {
    const zmq = tslab.zeromq();
    this.#sockets = {
      shell: new zmq.Router(AT_ONCE),
      control: new zmq.Router(AT_ONCE),
      stdin: new zmq.Router(AT_ONCE),
      iopub: new zmq.Publisher(AT_ONCE),
      hb: new zmq.Reply(),
    };
    for (const [name, socket] of Object.entries(this.#sockets)) {
      await socket.bind(address(this.#connection, this.#connection[`${name}_port`]));
    }
    this.#output.capture();
    tslab.onDisplay((content, isUpdate) => {
      this.#output.flush();
      this.#publish(isUpdate ? 'update_display_data' : 'display_data', content);
    });
    for (const socket of [this.#sockets.shell, this.#sockets.control]) void this.#serve(socket);
    void this.#echo(this.#sockets.hb);
  }

  interrupt() {
    this.#cells.interrupt();
  }

  /** An error that no cell awaited. The kernel lives on; the reader is told. */
  report(kind, error) {
    const { traceback } = this.#cells.describe(error);
    process.stderr.write(`${kind}: ${traceback.join('\n')}\n`);
  }

  async #serve(socket) {
    for await (const frames of socket) {
      let request;
      try {
        request = decode(frames, this.#connection.key);
      } catch {
        continue; // Not signed by our client: it gets no answer.
      }
      this.#dispatch(socket, request);
    }
  }

  async #echo(socket) {
    for await (const frames of socket) await socket.send(frames);
  }

  #dispatch(socket, request) {
    const type = request.header.msg_type;
    if (type === 'execute_request') {
      this.#queue = this.#queue.then(() => this.#execute(socket, request));
      return;
    }
    this.#status('busy', request);
    if (type === 'shutdown_request') {
      this.#reply(socket, request, { status: 'ok', restart: request.content.restart === true });
      this.#status('idle', request);
      this.#shutdown();
      return;
    }
    const answer = this.#answers[type];
    // Comm messages and the like have no reply; to a kernel without comms they mean nothing.
    if (answer) {
      let content;
      try {
        content = answer(request.content);
      } catch (error) {
        content = { status: 'error', ename: 'KernelError', evalue: String(error), traceback: [] };
      }
      this.#reply(socket, request, content);
    }
    this.#status('idle', request);
    // Front ends show the state that was published last, whoever asked: a completion must not hide a running cell.
    if (this.#running) this.#status('busy', this.#running);
  }

  async #execute(socket, request) {
    const { code, silent = false, stop_on_error: stopOnError = true } = request.content;
    this.#status('busy', request);
    if (this.#aborting) {
      // No count: a front end would put the failed cell's number beside one that has not run.
      this.#reply(socket, request, { status: 'aborted' });
      this.#status('idle', request);
      return;
    }
    this.#running = request;
    this.#output.flush();
    this.#parent = request;
    if (!silent) {
      this.#count += 1;
      this.#publish('execute_input', { code, execution_count: this.#count });
    }
    let failure;
    try {
      failure = code.trim() === '' ? null : await this.#cells.execute(this.#count, code);
    } catch (error) {
      failure = this.#cells.describe(error);
    }
    this.#output.flush();
    if (failure) {
      if (!silent) this.#publish('error', failure);
      this.#reply(socket, request, {
        status: 'error',
        execution_count: this.#count,
        user_expressions: {},
        payload: [],
        ...failure,
      });
      if (stopOnError) {
        this.#aborting = true;
        setTimeout(() => {
          this.#aborting = false;
        }, ABORT_WINDOW_MS);
      }
    } else {
      this.#reply(socket, request, { status: 'ok', execution_count: this.#count, user_expressions: {}, payload: [] });
    }
    this.#running = null;
    this.#status('idle', request);
  }

  #shutdown() {
    this.#output.flush();
    // Let the sockets hand the reply to the system first; ZeroMQ sends from a thread of its own.
    setTimeout(() => process.exit(0), 20);
  }

  #reply(socket, request, content) {
    const header = makeHeader(request.header.msg_type.replace('_request', '_reply'), this.#session);
    this.#send(socket, { identities: request.identities, header, parent: request.header, content });
  }

  #publish(type, content) {
    this.#send(this.#sockets.iopub, {
      identities: [Buffer.from(type)],
      header: makeHeader(type, this.#session),
      parent: this.#parent.header,
      content,
    });
  }

  #status(state, request) {
    this.#send(this.#sockets.iopub, {
      identities: [Buffer.from('status')],
      header: makeHeader('status', this.#session),
      parent: request.header,
      content: { execution_state: state },
    });
  }

  #send(socket, message) {
    // A client that has gone needs no answer.
    socket.send(encode(message, this.#connection.key)).catch(() => undefined);
  }
}

module.exports = { KernelServer };
