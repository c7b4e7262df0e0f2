/** The program builds and stays; events come, some of which nobody wants; its connection is cut as it reports one. */
import { scenario, takeAll, type Stage } from 'warren/grading';

interface Event {
  readonly key: string;
  readonly body: string;
  /** Queues; none of them: it is to be reported. */
  readonly wanted: readonly string[];
  readonly odd: boolean;
}

const CUT = 'a report was lost';

/** A slow machine is no fault of the answer's. */
const LIMIT_MS = 40_000;

export default scenario({
  sometimes: [CUT],
  async play(stage) {
    const { random } = stage;
    const [EVENTS = '', REPORTS = '', first = '', second = '', third = '', a = '', b = '', c = ''] = random.words(8);
    const subscriptions = random.shuffle([
      [first, [`${a}.*.${b}`, `${c}.#`]],
      [second, [`#.${b}`]],
      [third, random.shuffle([`*.${c}`, `${a}.#.${c}`, `${a}.${b}`])],
    ] as [string, string[]][]);
    Object.assign(stage.env, { EVENTS, REPORTS, SUBSCRIPTIONS: JSON.stringify(Object.fromEntries(subscriptions)) });
    await stage.channel.assertQueue(REPORTS, { durable: true });
    let ready = 0;
    const reported = new Set<string>();
    let reports = 0;
    let cutAt = random.int(2, 4);
    stage.atEach(({ method, args, content }, line) => {
      if (method !== 'basic.publish' || args.routingKey !== REPORTS) return;
      const body = content?.body.toString() ?? '';
      if (body === 'ready') {
        ready += 1;
      } else if (++reports === cutAt) {
        cutAt = 0;
        stage.sometimes(CUT);
        line.cut();
      } else {
        reported.add(bodyOf(body));
      }
    });
    await stage.program('router');
    await stage.until('the program to be ready', () => ready > 0, { limitMs: LIMIT_MS });
    const { exchanges } = await stage.listing('built');
    const open = exchanges.some(({ name, internal }) => name === EVENTS && !internal);

    const events = eventsOf(stage, subscriptions, [a, b, c]);
    const known = new Set([REPORTS, first, second, third]);
    /** Everything that was published is reported or wanted, and the program keeps nothing of it. */
    const worked = async (published: readonly Event[]): Promise<boolean> => {
      if (!published.every(({ body, wanted }) => wanted.length > 0 || reported.has(body))) return false;
      const { queues } = await stage.lab.snapshot(stage.vhost);
      return queues.every(({ name, ready: waiting, unacked }) => known.has(name) || waiting + unacked === 0);
    };
    // A few at a time, as events come; all the rest at once to a program that reports no more.
    let sent = 0;
    let goesOn = true;
    while (open && sent < events.length) {
      const next = goesOn ? sent + random.int(5, 8) : events.length;
      for (const { key, body } of events.slice(sent, next)) {
        stage.channel.publish(EVENTS, key, Buffer.from(body), { persistent: true });
      }
      sent = next;
      await stage.channel.waitForConfirms().catch(() => undefined);
      goesOn = await stage.until('every unwanted event reported', () => worked(events.slice(0, sent)), { limitMs: LIMIT_MS });
    }
    const taken = await takeAll(stage, [REPORTS, first, second, third]);
    const texts = Object.entries(taken).map(([queue, messages]) => [queue, messages.map(({ content }) => content.toString())]);
    const { [REPORTS]: told = [], ...arrived } = Object.fromEntries(texts) as Record<string, string[]>;
    stage.note('events', events);
    stage.note('arrived', arrived);
    stage.note(
      'reports',
      told.filter((text) => text !== 'ready'),
    );
  },
});

/** The event that a report is about. */
function bodyOf(report: string): string {
  try {
    return String((JSON.parse(report) as { body?: unknown }).body);
  } catch {
    return '';
  }
}

function eventsOf(stage: Stage, subscriptions: readonly (readonly [string, string[]])[], words: readonly string[]): Event[] {
  const { random } = stage;
  const [a = '', b = '', c = ''] = words;
  const other = (): string => random.nonce();
  const usual = [
    ...[`${a}.${other()}.${b}`, `${c}.${other()}`, c, `${other()}.${other()}.${b}`, b, `${other()}.${c}`, `${a}.${c}`],
    ...[`${a}.${b}`, `${a}.${other()}.${other()}.${c}`, `${c}.${a}.${b}`, `${a}.${b}.${c}`],
    ...[other(), `${other()}.${other()}`, a, `${a}.${other()}`, `${b}.${other()}`, `${other()}.${c}.${other()}`, `${a}${b}`],
  ];
  const odd = ['', `${a}..${b}`, `.${c}`, `${c}.`, `${b}.`, '#', `${a}.*.x`, `${a.toUpperCase()}.${b}x`, `${other()}..`];
  const of = (key: string, isOdd: boolean): Event => {
    const wanted = subscriptions.flatMap(([queue, patterns]) => (patterns.some((each) => matches(each, key)) ? [queue] : []));
    return { key, body: random.nonce(), wanted, odd: isOdd };
  };
  return random.shuffle([...usual.map((key) => of(key, false)), ...odd.map((key) => of(key, true))]);
}

/** As topic exchanges match: an empty key has no words; two dots side by side have an empty one between them. */
function matches(pattern: string, key: string): boolean {
  const rest = ([head, ...tail]: readonly string[], words: readonly string[]): boolean => {
    if (head === undefined) return words.length === 0;
    if (head === '#') return rest(tail, words) || (words.length > 0 && rest([head, ...tail], words.slice(1)));
    return words.length > 0 && (head === '*' || head === words[0]) && rest(tail, words.slice(1));
  };
  return rest(pattern.split('.'), key === '' ? [] : key.split('.'));
}
