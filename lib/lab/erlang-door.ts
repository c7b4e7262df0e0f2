/**
 * A way to evaluate Erlang in a running RabbitMQ in a millisecond. `rabbitmqctl eval` starts an Erlang machine of its own
 * each time, which takes a second, and many on a machine under load; here it is used once, to open a door for one visitor
 * on the loopback interface, which is shut behind it.
 */
import { once } from 'node:events';
import * as net from 'node:net';

/** Gives the port. Frames are led by their length in four octets; an answer begins with `ok ` or `error `. */
const OPEN = `
  Asker = self(),
  spawn(fun() ->
    {ok, Listener} = gen_tcp:listen(0, [binary, {packet, 4}, {active, false}, {ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Listener),
    Asker ! {door, Port},
    {ok, Visitor} = gen_tcp:accept(Listener),
    gen_tcp:close(Listener),
    Serve = fun Next() ->
      case gen_tcp:recv(Visitor, 0) of
        {ok, Text} ->
          Answer = try
            {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Text)),
            {ok, Expressions} = erl_parse:parse_exprs(Tokens),
            {value, Value, _} = erl_eval:exprs(Expressions, []),
            {"ok ", Value}
          catch _:Reason -> {"error ", Reason} end,
          gen_tcp:send(Visitor, unicode:characters_to_binary(io_lib:format("~s~0tp", tuple_to_list(Answer)))),
          Next();
        _ -> stop
      end
    end,
    Serve()
  end),
  receive {door, Port} -> Port end.`;

/** Characters of an expression that an error repeats. */
const MOST_SHOWN = 200;

export class ErlangDoor {
  #received = Buffer.alloc(0);
  readonly #waiting: ((answer: string | null) => void)[] = [];
  /** Resolves when the node has ended, or `close` was called. */
  readonly ended: Promise<void>;

  private constructor(private readonly socket: net.Socket) {
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', () => {});
    // A forgotten door must not keep this process from ending.
    socket.unref();
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        for (const answer of this.#waiting.splice(0)) answer(null);
        resolve();
      });
    });
  }

  /** `evaluate` is `rabbitmqctl eval`. */
  static async open(evaluate: (expression: string) => Promise<string>): Promise<ErlangDoor> {
    const socket = net.connect(Number(await evaluate(OPEN)), '127.0.0.1');
    await once(socket, 'connect');
    return new ErlangDoor(socket);
  }

  /** The value as Erlang writes it. Throws if there is none. The full stop at the end may be left out. */
  async evaluate(expression: string): Promise<string> {
    const text = Buffer.from(`${expression.replace(/\.\s*$/, '')}.`);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(text.length);
    this.socket.ref();
    const answer = await new Promise<string | null>((resolve) => {
      this.#waiting.push(resolve);
      this.socket.write(Buffer.concat([head, text]));
    });
    if (this.#waiting.length === 0) this.socket.unref();
    if (answer?.startsWith('ok ')) return answer.slice('ok '.length);
    throw new Error(`${expression.trim().slice(0, MOST_SHOWN)}: ${answer ?? 'the server has closed the connection'}`);
  }

  close(): void {
    this.socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readUInt32BE(0);
      if (this.#received.length < end) return;
      const answer = this.#received.toString('utf8', 4, end);
      this.#received = this.#received.subarray(end);
      this.#waiting.shift()?.(answer);
    }
  }
}
