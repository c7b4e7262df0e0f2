import assert from 'node:assert/strict';
import { octets, readConfiguration } from '../../../lib/cli/rabbitmq-conf';

describe('rabbitmq.conf', () => {
  it('reads what a node heeds, and passes over comments and blank lines', () => {
    const text = `
      # listeners
      listeners.tcp.default = 5673
      listeners.tcp.local   = 127.0.0.1:5674   # for the application
      listeners.ssl.1 = [::1]:5671
      ssl_options.certfile = /etc/server.pem
      ssl_options.verify = verify_peer
      ssl_options.fail_if_no_peer_cert = true
      loopback_users.guest = false
      vm_memory_high_watermark.relative = 0.6
      disk_free_limit.absolute = 2GB
      default_pass = a=b#c
      net_ticktime = 30
      cluster_partition_handling = autoheal
      mnesia_table_loading_retry_timeout = 2000
      mnesia_table_loading_retry_limit = 3
    `;
    assert.deepEqual(readConfiguration(text, 'rabbitmq.conf'), {
      tcp: [
        { host: '', port: 5673 },
        { host: '127.0.0.1', port: 5674 },
      ],
      ssl: [{ host: '::1', port: 5671 }],
      sslOptions: { certfile: '/etc/server.pem', verify: 'verify_peer', failIfNoPeerCert: true },
      loopbackUsers: new Set(),
      watermark: { relative: 0.6 },
      diskFreeLimit: 2e9,
      defaultPass: 'a=b#c',
      cluster: { tickTime: 30_000, partitionHandling: 'autoheal', patience: { retryTimeout: 2000, retryLimit: 3 } },
    });
  });

  for (const [line, complaint] of [
    ['listeners.tcp.default = 70000', 'my.conf, line 2: listeners.tcp.default names port 70000, and 65535 is the highest'],
    ['no equals sign', "my.conf, line 2: 'no equals sign' is not of the form key = value"],
    ['chanel_max = 7', "my.conf, line 2: the key 'chanel_max' is not known here"],
    ['net_ticktime = 0', "my.conf, line 2: net_ticktime must be a whole number above 0, not '0'"],
    ['channel_max = many', "my.conf, line 2: channel_max must be a whole number, not 'many'"],
    [
      'vm_memory_high_watermark.relative = 2',
      "my.conf, line 2: vm_memory_high_watermark.relative must be between 0 and 1, not '2'",
    ],
    ['ssl_options.verify = maybe', "my.conf, line 2: ssl_options.verify must be one of verify_peer, verify_none, not 'maybe'"],
  ] as const) {
    it(`refuses '${line}'`, () => {
      assert.throws(() => readConfiguration(`\n${line}\n`, 'my.conf'), { name: 'ConfigurationError', message: complaint });
    });
  }

  it('knows the units of RabbitMQ', () => {
    assert.deepEqual(['7', '7k', '7MiB', '7MB', '2G', '2GB'].map(octets), [7, 7168, 7 << 20, 7e6, 2 * 1024 ** 3, 2e9]);
    assert.throws(() => octets('7 lions'));
  });
});
