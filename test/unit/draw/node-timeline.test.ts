/** What a timeline reads from a trace: states of nodes, and what is worth a mark. */
import assert from 'node:assert/strict';
import { nodeMarks } from '../../../lib/draw/node-marks';
import { nodeLanes, partedNodes } from '../../../lib/draw/node-states';
import type { EventBody, TraceEvent } from '../../../lib/trace/events';

function trace(...list: ReadonlyArray<readonly [number, string, EventBody]>): TraceEvent[] {
  return list.map(([at, node, body], i) => ({ seq: i + 1, at, node, ...body }) as TraceEvent);
}

function spans(events: readonly TraceEvent[], node: string, until = 100): string[] {
  const lane = nodeLanes(events, { until }).find(({ name }) => name === node);
  return (lane?.spans ?? []).map(({ from, to, state }) => `${from}-${to} ${state}`);
}

const STARTED: EventBody = { type: 'node.started' };
const both = [
  [0, 'a', STARTED],
  [0, 'b', STARTED],
] as const;

describe('states of nodes from a trace', () => {
  it('knows no state of a node before it started, and the last one until the end', () => {
    assert.deepEqual(spans(trace([0, 'a', STARTED], [30, 'b', STARTED]), 'b'), ['30-100 running']);
  });

  it('takes a node for running before it was stopped', () => {
    assert.deepEqual(spans(trace([0, 'a', STARTED], [40, 'b', { type: 'node.killed' }]), 'b'), ['0-40 running', '40-100 dead']);
  });

  it('waiting ends with giving up', () => {
    const events = trace([10, 'a', { type: 'node.waiting', members: ['b'] }], [60, 'a', { type: 'node.failed', text: '' }]);
    assert.deepEqual(spans(events, 'a'), ['10-60 waiting', '60-100 stopped']);
  });

  it('a link that is down between two running nodes is a partition, until it is up', () => {
    const events = trace(...both, [20, 'a', { type: 'link.down', peer: 'b' }], [50, 'a', { type: 'link.up', peer: 'b' }]);
    assert.deepEqual(spans(events, 'a'), ['0-20 running', '20-50 partitioned', '50-100 running']);
    assert.deepEqual(spans(events, 'b'), ['0-100 running']);
  });

  it('a link that is down because its peer ended is none, whichever is told first', () => {
    for (const order of [0, 1]) {
      const two: Array<readonly [number, string, EventBody]> = [
        [20, 'b', { type: 'node.killed' }],
        [20, 'a', { type: 'link.down', peer: 'b' }],
      ];
      const events = trace(...both, ...(order === 0 ? two : two.reverse()), [60, 'b', STARTED]);
      assert.deepEqual(spans(events, 'a'), ['0-100 running']);
      assert.deepEqual(spans(events, 'b'), ['0-20 running', '20-60 dead', '60-100 running']);
    }
  });

  it('nodes that lost a link to one that has died are not parted from it when it is back', () => {
    const died = [
      [20, 'b', { type: 'node.killed' }],
      [21, 'a', { type: 'link.down', peer: 'b' }],
    ] as const;
    assert.deepEqual(partedNodes(trace(...both, ...died, [40, 'b', STARTED])), []);
    assert.deepEqual(partedNodes(trace(...both, [21, 'a', { type: 'link.down', peer: 'b' }])), [['a', 'b']]);
  });

  it('what a node saw go and come back parts it until it is in agreement', () => {
    const events = trace(
      ...both,
      [10, 'a', { type: 'link.down', peer: 'b' }],
      [20, 'a', { type: 'link.up', peer: 'b' }],
      [20, 'a', { type: 'partition.seen', peers: ['b'] }],
      [40, 'a', { type: 'partition.healed' }],
    );
    assert.deepEqual(spans(events, 'a'), ['0-10 running', '10-40 partitioned', '40-100 running']);
  });

  it('a cut of the lab parts both sides, and stays when one of them starts anew', () => {
    const events = trace(
      ...both,
      [10, 'a', { type: 'fault', fault: 'cut', target: 'b' }],
      [20, 'b', { type: 'node.killed' }],
      [30, 'b', STARTED],
      [40, 'a', { type: 'healed', fault: 'cut', target: 'b' }],
    );
    const parted = ['10-20 partitioned', '20-30 running', '30-40 partitioned', '40-100 running'];
    assert.deepEqual(spans(events, 'a'), ['0-10 running', ...parted]);
  });

  it('a node to which the way was cut has its lane, though it tells nothing', () => {
    const events = trace([10, 'a', { type: 'fault', fault: 'cut', target: 'b' }]);
    assert.deepEqual(spans(events, 'b'), ['10-100 partitioned']);
  });

  it('a cut between clients and a node parts nobody', () => {
    assert.deepEqual(spans(trace(...both, [10, 'a', { type: 'fault', fault: 'cut', target: 'a' }]), 'a'), ['0-100 running']);
  });

  it('a minority stays paused while its application stops, and until it starts', () => {
    const events = trace(
      ...both,
      [20, 'a', { type: 'minority.paused' }],
      [25, 'a', { type: 'node.stopped' }],
      [60, 'a', STARTED],
      [60, 'a', { type: 'minority.resumed' }],
    );
    assert.deepEqual(spans(events, 'a'), ['0-20 running', '20-60 paused', '60-100 running']);
  });

  it('a restart is seen though the clock of the lab stood', () => {
    const events = trace(...both, [20, 'a', { type: 'node.stopped' }], [20, 'a', STARTED]);
    assert.deepEqual(spans(events, 'a'), ['0-20 running', '20-20 stopped', '20-100 running']);
  });

  it('nodes of which nothing is told ran all the time, where somebody says that they run', () => {
    const lanes = nodeLanes(trace([20, 'a', { type: 'node.killed' }]), { until: 100, running: ['a', 'b'] });
    assert.deepEqual(
      lanes.map(({ name, spans }) => [name, spans.map(({ state }) => state)]),
      [
        ['a', ['dead']],
        ['b', ['running']],
      ],
    );
  });

  it('leaves out what was before the wanted time', () => {
    const events = trace(...both, [20, 'b', { type: 'node.stopped' }], [60, 'b', STARTED]);
    const [, b] = nodeLanes(events, { until: 100, from: 40 });
    assert.deepEqual(b?.spans, [
      { from: 40, to: 60, state: 'stopped' },
      { from: 60, to: 100, state: 'running' },
    ]);
  });
});

describe('marks of a timeline from a trace', () => {
  const command = (line: string): EventBody => ({ type: 'command', line, exitCode: 0 });
  const promoted = (queue: string, lost: number | null): EventBody => {
    return { type: 'queue.promoted', vhost: '/', queue, from: 'a', synchronised: lost === 0, lost };
  };
  const labels = (events: readonly TraceEvent[], near = 5): string[] => nodeMarks(events, near).map(({ label }) => label);

  it('puts a command to the node it names, and leaves out those that only look', () => {
    const marks = nodeMarks(
      trace(
        ...both,
        [5, '', command('rabbitmqctl -n b stop_app')],
        [6, '', command('rabbitmqctl -n b cluster_status')],
        [6, '', command('rabbitmqctl -n b@localhost -q list_queues name')],
        [7, '', command('rabbitmqctl -n b@localhost start_app')],
      ),
      5,
    );
    assert.deepEqual(marks, [
      { at: 5, label: 'rabbitmqctl -n b stop_app', lane: 'b' },
      { at: 7, label: 'rabbitmqctl -n b@localhost start_app', lane: 'b' },
    ]);
  });

  it('a command stands where it was typed, before what it brought about', () => {
    const marks = nodeMarks(
      trace(
        ...both,
        [5, 'b', promoted('q', 0)],
        [9, '', { type: 'command', line: 'rabbitmqctl -n a stop_app', exitCode: 0, typed: 5 }],
      ),
      5,
    );
    assert.deepEqual(
      marks.map(({ at, label }) => [at, label]),
      [
        [5, 'rabbitmqctl -n a stop_app'],
        [5, 'q: b promoted'],
      ],
    );
  });

  it('says once what a promotion has lost', () => {
    const lost: EventBody = {
      type: 'messages.lost',
      vhost: '/',
      queue: 'q',
      reason: 'promotion',
      count: 9,
      messages: [],
    };
    assert.deepEqual(labels(trace([1, 'b', promoted('q', 9)], [2, 'b', lost])), ['q: b promoted unsynchronised, 9 lost']);
    assert.deepEqual(labels(trace([1, 'b', promoted('q', null)], [2, 'b', lost])), [
      'q: b promoted unsynchronised',
      'q: 9 messages lost',
    ]);
  });

  it('what came back with the copy of a disk was not lost', () => {
    const lost: EventBody = { type: 'messages.lost', vhost: '/', queue: 'q', reason: 'node-lost', count: 9, messages: [] };
    const replaced: EventBody = { type: 'fault', fault: 'disk replaced', target: 'b' };
    assert.deepEqual(labels(trace([1, 'b', lost])), ['q: 9 messages lost']);
    assert.deepEqual(labels(trace([1, 'b', lost], [2, 'b', replaced])), ['disk replaced: b']);
  });

  it('says what was lost by a promotion, and puts what is alike in one mark', () => {
    assert.deepEqual(labels(trace([1, 'b', promoted('q1', 0)], [2, 'b', promoted('q2', 0)], [3, 'b', promoted('q3', 100)])), [
      'q1, q2: b promoted',
      'q3: b promoted unsynchronised, 100 lost',
    ]);
    assert.deepEqual(labels(trace([1, 'b', promoted('q1', 0)], [9, 'b', promoted('q2', 0)])), [
      'q1: b promoted',
      'q2: b promoted',
    ]);
    assert.deepEqual(labels(trace([1, 'b', promoted('q1', null)])), ['q1: b promoted unsynchronised']);
  });

  it('leaves out the first election of a queue', () => {
    const elected = (term: number): EventBody => ({ type: 'raft.elected', vhost: '/', queue: 'q', term });
    assert.deepEqual(labels(trace([1, 'a', elected(1)], [9, 'b', elected(2)])), ['q: b elected, term 2']);
  });

  it('a join is one mark: that of its command; none for nodes that were joined before they ran', () => {
    const joined: EventBody = { type: 'node.joined', kind: 'disc', members: ['a', 'b'] };
    const stopped: EventBody = { type: 'node.stopped' };
    const typed: EventBody = { type: 'command', line: 'rabbitmqctl -n b join_cluster a@localhost', exitCode: 0 };
    assert.deepEqual(labels(trace([0, 'b', joined], ...both)), []);
    assert.deepEqual(labels(trace(...both, [4, 'b', stopped], [5, 'b', joined])), ['b joins a']);
    const said = trace(...both, [4, 'b', stopped], [5, 'b', joined], [5, '', typed]);
    assert.deepEqual(labels(said), ['rabbitmqctl -n b join_cluster a@localhost']);
  });

  it('what was done to a link crosses the lanes', () => {
    const [mark] = nodeMarks(trace(...both, [4, 'a', { type: 'fault', fault: 'cut', target: 'b' }]), 5);
    assert.deepEqual(mark, { at: 4, label: 'cut: a – b' });
  });
});
