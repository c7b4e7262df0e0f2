/** A node of the embedded engine as RabbitMQ's tools see it. */
import * as path from 'node:path';
import type { ControlNode } from '../control/target';
import { PluginFile } from '../node/plugin-file';
import type { EmbeddedNode } from './embedded-node';
import type { EnginePlan } from './engine';

export function controlNode(node: EmbeddedNode, plan: EnginePlan, version: string): ControlNode {
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
    get port() {
      return plan.portOf(node.name);
    },
    get uptimeMs() {
      return node.uptimeMs;
    },
    osPid: process.pid,
    version,
    places: { data: node.folder, enabledPlugins: plugins.path },
    plugins,
    lifecycle: {
      stopApp: () => node.stopApp(),
      startApp: async () => {
        if (node.appStopped) await node.start();
      },
      reset: () => node.loseDisk(),
      stop: async () => {
        await node.stop();
        plan.fell(node.name);
      },
    },
  };
}
