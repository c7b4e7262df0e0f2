/** The program builds; documents with all sorts of headers are sent through what it has built. */
import { scenario, takeAll, type Stage } from 'warren/grading';

interface Document {
  readonly body: string;
  /** For the report. */
  readonly shown: string;
  readonly wanted: readonly string[];
  /** Which check asks about it. */
  readonly about: 'routes' | 'types' | 'any-key';
}

type Headers = Readonly<Record<string, unknown>>;

export default scenario({
  async play(stage) {
    const [DOCUMENTS = '', PRINT = '', TRIAGE = '', COPIES = '', REST = '', REGION = ''] = stage.random.words(6);
    Object.assign(stage.env, { DOCUMENTS, PRINT, TRIAGE, COPIES, REST, REGION, NUMBER: String(stage.random.int(2, 99)) });
    const program = await stage.program('builder');
    await stage.until('the program to be done', () => program.fate.state !== 'running', { limitMs: 20_000 });
    await program.stop();
    const { exchanges } = await stage.listing('built');
    const open = exchanges.some(({ name, internal }) => name === DOCUMENTS && !internal);
    const documents = documentsOf(stage).map(({ headers, key, ...rest }) => {
      const document: Document = { ...rest, body: stage.random.nonce(), shown: JSON.stringify(headers) };
      if (open) stage.channel.publish(DOCUMENTS, key, Buffer.from(document.body), { headers, persistent: true });
      return document;
    });
    await stage.channel.waitForConfirms().catch(() => undefined);
    stage.note('documents', documents);
    const taken = await takeAll(stage, [PRINT, TRIAGE, COPIES, REST]);
    const arrived = Object.entries(taken).map(([queue, messages]) => [queue, messages.map(({ content }) => content.toString())]);
    stage.note('arrived', Object.fromEntries(arrived));
  },
});

type Sent = Pick<Document, 'wanted' | 'about'> & { readonly headers: Headers; readonly key: string };

function documentsOf(stage: Stage): Sent[] {
  const { random } = stage;
  const { PRINT = '', TRIAGE = '', COPIES = '', REST = '', REGION: region = '', NUMBER = '' } = stage.env;
  const copies = Number(NUMBER);
  const other = `${region}-${random.word()}`;
  const anything = { [random.word()]: random.nonce(), pages: random.int(1, 9) };
  const of = (headers: Headers, wanted: readonly string[], about: Document['about'] = 'routes', key = ''): Sent => {
    return { headers, wanted, about, key };
  };
  return random.shuffle([
    of({ format: 'pdf', region }, [PRINT, TRIAGE]),
    of({ format: 'pdf', region, ...anything }, [PRINT, TRIAGE]),
    of({ format: 'pdf', region: other }, [REST]),
    of({ format: 'text', region }, [TRIAGE]),
    of({ format: 'pdf' }, [REST]),
    of({ urgent: true, region, format: 'html' }, [TRIAGE]),
    of({ urgent: true, region: other, ...anything }, [TRIAGE]),
    of({ urgent: false, region: other }, [REST]),
    of({ copies }, [COPIES]),
    of({ copies, urgent: true, format: 'pdf', region }, [PRINT, TRIAGE, COPIES]),
    of({ copies: copies + 1 }, [REST]),
    of({ copies: copies + 1, format: 'pdf', region: other }, [REST]),
    of({}, [REST]),
    of(anything, [REST]),
    of({ copies: NUMBER }, [REST], 'types'),
    of({ urgent: 'true' }, [REST], 'types'),
    of({ copies: NUMBER, urgent: true }, [TRIAGE], 'types'),
    of({ format: 'pdf', region }, [PRINT, TRIAGE], 'any-key', random.nonce()),
    of({ copies }, [COPIES], 'any-key', `${random.word()}.${random.word()}`),
    of(anything, [REST], 'any-key', random.nonce()),
  ]);
}
