import { strict as assert } from 'node:assert';
import { commandLine, ShellError, splitWords, withNodeNames } from '../../../lib/lab/shell';

function line(strings: TemplateStringsArray, ...values: unknown[]): ReturnType<typeof commandLine> {
  return commandLine(strings, values);
}

describe('command lines', () => {
  for (const [text, words] of [
    ['rabbitmqctl  list_queues\tname', ['rabbitmqctl', 'list_queues', 'name']],
    ["set_permissions alice '^a.*' \".*\" ''", ['set_permissions', 'alice', '^a.*', '.*', '']],
    ["a'b c'd", ['ab cd']],
    ['a\\ b "c\\"d" \'e\\f\'', ['a b', 'c"d', 'e\\f']],
    ['one \\\n two', ['one', 'two']],
    ['list_queues # all of them', ['list_queues']],
    ['^ha\\. .* a$ $', ['^ha.', '.*', 'a$', '$']],
    ['  ', []],
  ] as const) {
    it(`splits ${JSON.stringify(text)}`, () => assert.deepEqual(splitWords(text), words));
  }

  for (const [text, reason] of [
    ['list_queues | wc', /knows no '\|'/],
    ['a; b', /knows no ';'/],
    ['a > file', /knows no '>'/],
    ['echo $HOME', /knows no '\$'/],
    ["add_user 'alice", /opened and not closed/],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => splitWords(text),
        (error) => error instanceof ShellError && reason.test(error.message),
      );
    });
  }

  it('takes values as they are, whatever they hold', () => {
    const password = `p'w" | $x \\`;
    const { words, text } = line`rabbitmqctl add_user ${'alice'} ${password}`;
    assert.deepEqual(words, ['rabbitmqctl', 'add_user', 'alice', password]);
    assert.deepEqual(splitWords(text), words);
  });

  it('lets a value be a part of a word', () => {
    assert.deepEqual(line`rabbitmqctl -n rabbit${2} list_queues --formatter=${'json'}`.words.slice(1), [
      '-n',
      'rabbit2',
      'list_queues',
      '--formatter=json',
    ]);
  });

  it('writes the names of nodes as RabbitMQ knows them', () => {
    const nodes = new Map([
      ['rabbit1', 'rabbit1@localhost'],
      ['rabbit2', 'rabbit2@localhost'],
    ]);
    assert.deepEqual(withNodeNames(['list_users'], nodes), ['list_users']);
    assert.deepEqual(withNodeNames(['-n', 'rabbit2', 'delete_user', 'rabbit1'], nodes), [
      '-n',
      'rabbit2@localhost',
      'delete_user',
      'rabbit1',
    ]);
    assert.deepEqual(withNodeNames(['--node=rabbit2', 'join_cluster', 'rabbit1'], nodes), [
      '--node=rabbit2@localhost',
      'join_cluster',
      'rabbit1@localhost',
    ]);
    assert.deepEqual(withNodeNames(['-n', 'other@host', 'ping'], nodes), ['-n', 'other@host', 'ping']);
  });
});
