/** The plugins that RabbitMQ 3.10.8 brings along, with the plugins each of them needs. */
export const PLUGINS: Readonly<Record<string, readonly string[]>> = {
  rabbitmq_amqp1_0: [],
  rabbitmq_auth_backend_cache: [],
  rabbitmq_auth_backend_http: [],
  rabbitmq_auth_backend_ldap: [],
  rabbitmq_auth_backend_oauth2: [],
  rabbitmq_auth_mechanism_ssl: [],
  rabbitmq_consistent_hash_exchange: [],
  rabbitmq_event_exchange: [],
  rabbitmq_federation: [],
  rabbitmq_federation_management: ['rabbitmq_management', 'rabbitmq_federation'],
  rabbitmq_jms_topic_exchange: [],
  rabbitmq_management: ['rabbitmq_web_dispatch', 'rabbitmq_management_agent'],
  rabbitmq_management_agent: [],
  rabbitmq_mqtt: [],
  rabbitmq_peer_discovery_aws: ['rabbitmq_peer_discovery_common'],
  rabbitmq_peer_discovery_common: [],
  rabbitmq_peer_discovery_consul: ['rabbitmq_peer_discovery_common'],
  rabbitmq_peer_discovery_etcd: ['rabbitmq_peer_discovery_common'],
  rabbitmq_peer_discovery_k8s: ['rabbitmq_peer_discovery_common'],
  rabbitmq_prometheus: ['rabbitmq_management_agent', 'rabbitmq_web_dispatch'],
  rabbitmq_random_exchange: [],
  rabbitmq_recent_history_exchange: [],
  rabbitmq_sharding: [],
  rabbitmq_shovel: [],
  rabbitmq_shovel_management: ['rabbitmq_management', 'rabbitmq_shovel'],
  rabbitmq_stomp: [],
  rabbitmq_stream: [],
  rabbitmq_stream_management: ['rabbitmq_management', 'rabbitmq_stream'],
  rabbitmq_top: ['rabbitmq_management'],
  rabbitmq_tracing: ['rabbitmq_management'],
  rabbitmq_trust_store: [],
  rabbitmq_web_dispatch: [],
  rabbitmq_web_mqtt: ['rabbitmq_mqtt'],
  rabbitmq_web_mqtt_examples: ['rabbitmq_web_dispatch', 'rabbitmq_web_mqtt'],
  rabbitmq_web_stomp: ['rabbitmq_stomp'],
  rabbitmq_web_stomp_examples: ['rabbitmq_web_dispatch', 'rabbitmq_web_stomp'],
};

/** Libraries that have no line of their own in the list, and that nobody needs to enable. */
export const LIBRARIES: readonly string[] = [
  'amqp_client',
  'amqp10_client',
  'amqp10_common',
  'rabbit_common',
  'cowboy',
  'cowlib',
];

/** These plugins and all that they need, in alphabetical order. */
export function withNeeded(names: readonly string[]): string[] {
  const all = new Set<string>();
  const pending = [...names];
  for (const name of pending) {
    if (all.has(name) || !Object.hasOwn(PLUGINS, name)) continue;
    all.add(name);
    pending.push(...(PLUGINS[name] ?? []));
  }
  return [...all].sort();
}
