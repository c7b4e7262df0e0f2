/** What the tools do to mirrored queues, from any node of the cluster. The port is `MirrorControl` of the tools (lib/control). */
import type { Mirror, Queue } from '../../broker/queue/queue';
import type { QueuePartsHost } from '../application';
import type { MirrorPart } from './mirror-part';
import { keyOf } from '../remote/queue-wire';

interface QueueName {
  readonly vhost: string;
  readonly name: string;
}

interface MirroredQueue extends QueueName {
  readonly master: string;
  readonly mirrors: readonly Mirror[];
}

export class MirrorCommands {
  constructor(
    private readonly host: Pick<QueuePartsHost, 'broker'>,
    private readonly part: MirrorPart,
  ) {}

  get queues(): readonly MirroredQueue[] {
    const all = [...this.host.broker.vhosts.values()].flatMap(({ queues }) => [...queues.values()]);
    return all.flatMap(({ vhost, name, home, mirrors }) =>
      mirrors === null ? [] : [{ vhost: vhost.name, name, master: home, mirrors }],
    );
  }

  /** Resolves once the mirrors lack nothing, or it was stopped. */
  async sync(queue: QueueName): Promise<void> {
    await this.ask(queue, (call) => ({ do: 'sync', queue: keyOf(queue.vhost, queue.name), call }));
  }

  /** Resolves with false if nothing was under way. */
  cancelSync(queue: QueueName): Promise<boolean> {
    return this.ask(queue, (call) => ({ do: 'cancel', queue: keyOf(queue.vhost, queue.name), call }));
  }

  /** Resolves with false if another node has it afterwards. */
  transferMaster(queue: QueueName, to: string): Promise<boolean> {
    return this.ask(queue, (call) => ({ do: 'move', queue: keyOf(queue.vhost, queue.name), to, call }));
  }

  private ask({ vhost, name }: QueueName, question: Parameters<MirrorPart['ask']>[0]): Promise<boolean> {
    const queue: Queue | undefined = this.host.broker.vhosts.get(vhost)?.queues.get(name);
    if (queue === undefined) return Promise.resolve(false);
    return new Promise((resolve) => this.part.ask(question, queue, resolve));
  }
}
