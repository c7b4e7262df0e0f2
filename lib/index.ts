/** What a notebook imports: `import { Lab } from 'warren'`. */
export {
  drawPlot,
  drawSequence,
  drawTimeline,
  drawTopology,
  type PlotMark,
  type TimelineLane,
  type TimelineMark,
  type TimelineSpan,
  wireTable,
  type WireRow,
} from './draw';
export type { AnswerContext, AnswerFunction } from './grading/answer/context';
export { check, hint, predict, replay } from './grading/cell';
export { History, type Verdict } from './lab/history';
export { Lab } from './lab/lab';
export type { Recording } from './lab/recording';
export { withLab } from './lab/with-lab';
export type {
  CommandResult,
  Duration,
  EngineName,
  LabApi,
  LabClock,
  LabDraw,
  LabFaults,
  LabNode,
  LabOptions,
  LabTrace,
  PlotOptions,
  PlotSeries,
  SequenceOptions,
  TimelineOptions,
  TopologyOptions,
  UrlOptions,
} from './lab/api';
export type { Picture } from './lab/picture';
export type { WireCapture, WireFrame, WireFrameKind } from './lab/wire-capture';
export type * from './trace/events';
export type * from './trace/snapshot';
