/**
 * Pictures of brokers: plain snapshots and trace events in, HTML with inline SVG out. Pure functions; every picture carries
 * its own colours for light and dark pages and the same as a table.
 */
export { drawNodeTimeline, type NodeTimelineOptions } from './node-timeline';
export { drawPlot, type PlotMark, type PlotSeries } from './plot';
export { drawSequence, type SequenceOptions } from './sequence';
export { drawTimeline, type NodeState, type TimelineLane, type TimelineMark, type TimelineSpan } from './timeline';
export { drawTopology, type TopologyOptions } from './topology';
export { type WireRow, wireTable } from './wire-table';
