/** What the foreign clients are run against: `warren broker`, and a real RabbitMQ, which shows that the checks are right. */
import { createBroker } from '../../lib/broker/broker';
import { RabbitmqServer } from '../../lib/lab/rabbitmq-server';
import { LiveWorld } from '../../lib/world/live';
import { missingEngine } from '../claims/harness/engine';
import { BrokerCommand } from './warren-command';

/** Listens on 127.0.0.1 and knows guest. */
export interface Broker {
  readonly port: number;
  /** One of its kind that can be given an alarm, for as long as this one runs. */
  alarmed(): Promise<AlarmedBroker>;
  /** Orderly. */
  stop(): Promise<void>;
  /** At once; does nothing if it has ended. */
  dispose(): Promise<void>;
}

export interface AlarmedBroker {
  readonly port: number;
  setMemoryAlarm(on: boolean): Promise<void>;
  dispose(): Promise<void>;
}

export interface BrokerKind {
  readonly name: string;
  /** Why it cannot be started here, or null. */
  readonly missing: string | null;
  start(): Promise<Broker>;
}

export const BROKERS: readonly BrokerKind[] = [
  { name: 'warren broker', missing: null, start: startWarren },
  { name: 'RabbitMQ 3.10.8', missing: missingEngine('rabbitmq'), start: startRabbitmq },
];

async function startWarren(): Promise<Broker> {
  const broker = await BrokerCommand.start();
  return {
    port: broker.port,
    alarmed: alarmedEngine,
    stop: async () => void (await broker.stop()),
    dispose: () => broker.kill(),
  };
}

/** Nobody can give an alarm to the command from outside, so this is the engine that it runs. */
function alarmedEngine(): Promise<AlarmedBroker> {
  const broker = createBroker(new LiveWorld(), { nodeName: 'alarmed' });
  return new Promise((resolve, reject) => {
    broker.listen({ host: '127.0.0.1', port: 0 }, (error, bound) => {
      if (bound === null) return reject(error);
      resolve({
        port: bound.port,
        setMemoryAlarm: async (on) => broker.setAlarm('memory', on),
        dispose: async () => broker.kill(),
      });
    });
  });
}

async function startRabbitmq(): Promise<Broker> {
  const server = await RabbitmqServer.start({ name: 'foreign' });
  const setMemoryAlarm = async (on: boolean): Promise<void> => {
    const alarm = '{resource_limit, memory, node()}';
    const call = on ? `rabbit_alarm:set_alarm({${alarm}, []}).` : `rabbit_alarm:clear_alarm(${alarm}).`;
    const { exitCode, stderr } = await server.ctl(['eval', call]);
    if (exitCode !== 0) throw new Error(stderr);
  };
  return {
    port: server.port,
    alarmed: async () => ({ port: server.port, setMemoryAlarm, dispose: async () => {} }),
    stop: () => server.stop(),
    dispose: () => server.dispose(),
  };
}
