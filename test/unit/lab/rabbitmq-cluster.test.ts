/** How links between nodes of a real RabbitMQ are cut, seen by what the nodes are told to evaluate. */
import { strict as assert } from 'node:assert';
import { cutLink } from '../../../lib/lab/rabbitmq-cluster';
import type { RabbitmqServer } from '../../../lib/lab/rabbitmq-server';

const WORDS = ['suspend', 'disconnect', 'resume'];

/** A node that does nothing but write down what it is told, after a while. */
function node(name: string, told: string[], { state = 'running', fails = '' } = {}): RabbitmqServer {
  const evaluate = async (expression: string): Promise<string> => {
    await Promise.resolve();
    const word = WORDS.find((each) => expression.includes(each));
    told.push(`${name} ${word}`);
    if (word === fails) throw new Error(`${name} does not answer`);
    return 'ok';
  };
  return { nodename: `${name}@localhost`, state, evaluate } as unknown as RabbitmqServer;
}

describe('Cutting links between nodes of a real RabbitMQ', () => {
  it('happens while no node monitor looks, all links of a node in one breath', async () => {
    const told: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => node(name, told)) as [RabbitmqServer, RabbitmqServer, RabbitmqServer];
    await Promise.all([cutLink(a, b), cutLink(a, c)]);
    assert.deepEqual(told, ['a suspend', 'b suspend', 'c suspend', 'a disconnect', 'a resume', 'b resume', 'c resume']);
  });

  it('asks no node that is down, and minds none that does not answer', async () => {
    const told: string[] = [];
    const a = node('a', told);
    await Promise.all([cutLink(a, node('b', told, { state: 'paused' })), cutLink(a, node('c', told, { fails: 'suspend' }))]);
    assert.deepEqual(told, ['a suspend', 'c suspend', 'a disconnect', 'a resume', 'c resume']);
  });

  it('lets the monitors go on when it fails', async () => {
    const told: string[] = [];
    await assert.rejects(cutLink(node('a', told, { fails: 'disconnect' }), node('b', told)), /a does not answer/);
    assert.deepEqual(told.slice(-2), ['a resume', 'b resume']);
  });
});
