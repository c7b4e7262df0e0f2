/** The nodes of the embedded engine as RabbitMQ's tools see them. */
import * as path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ControlNode, ControlTarget } from '../control/target';
import { filesSeenFrom } from '../node/control-files';
import { thisMachine } from '../node/machine';
import { PluginFile } from '../node/plugin-file';
import { machineProbes } from '../node/probes';
import type { EmbeddedNode } from './embedded-node';
import type { EnginePlan } from './engine';

/** Of all nodes of a lab, for commands that are typed in the folder where this process is. */
export function controlTarget(
  nodes: readonly EmbeddedNode[],
  plan: EnginePlan,
  version: string,
  now: () => number,
): ControlTarget {
  return {
    nodes: nodes.map((node) => controlNode(node, plan, version)),
    now,
    get files() {
      return filesSeenFrom(process.cwd());
    },
  };
}

function controlNode(node: EmbeddedNode, plan: EnginePlan, version: string): ControlNode {
  const plugins = new PluginFile(path.join(node.folder, 'enabled_plugins'));
  return {
    name: node.name,
    nodename: `${node.name}@localhost`,
    get broker() {
      return node.state === 'running' ? node.broker : null;
    },
    get appStopped() {
      return node.appStopped;
    },
    get listeners() {
      return [{ host: '127.0.0.1', port: plan.portOf(node.name), tls: null }];
    },
    get uptimeMs() {
      return node.uptimeMs;
    },
    osPid: process.pid,
    machine: thisMachine(),
    probes: machineProbes(node.folder),
    version,
    places: { data: node.folder, enabledPlugins: plugins.path },
    plugins,
    get cluster() {
      return node.cluster;
    },
    get mirrors() {
      return node.mirrors;
    },
    get quorum() {
      return node.quorum;
    },
    lifecycle: {
      stopApp: () => node.stopApp(),
      startApp: async () => {
        if (node.appStopped) await node.startApp();
      },
      whenStarted: (limitMs) => whenStarted(node, limitMs),
      reset: () => node.cluster.leave(true),
      stop: async () => {
        await node.stop();
        plan.fell(node.name);
      },
    },
  };
}

const LOOK_MS = 20;

/** Whoever waits in a terminal waits by the wall clock, also while the lab's stands still. */
async function whenStarted(node: EmbeddedNode, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (node.state !== 'running' || node.broker === null) {
    if (performance.now() >= deadline) return false;
    await pause(LOOK_MS);
  }
  return true;
}
