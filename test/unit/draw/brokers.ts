/** Brokers to draw, with the trace that led to them: what the golden files, the properties and the gallery share. */
import type { Broker } from './broker-parts';
import { CLUSTERS } from './clusters';
import { CROWDED } from './brokers-crowded';
import { DOWN } from './brokers-down';
import { EVERYDAY } from './brokers-everyday';
import { ROUTING } from './brokers-routing';

/** By name; each call makes the same broker anew. */
export const BROKERS: Readonly<Record<string, () => Broker>> = { ...EVERYDAY, ...ROUTING, ...DOWN, ...CROWDED, ...CLUSTERS };
