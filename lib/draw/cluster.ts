/** The picture of a cluster: which node has what, who is connected where, and what a failure took. */
import type { Snapshot } from '../trace/snapshot';
import { ClusterDrawing } from './cluster-drawing';
import type { ClusterPicture } from './cluster-items';
import { layoutCluster } from './cluster-layout';
import { clusterPicture } from './cluster-model';
import { clusterWords, fullBar } from './cluster-words';
import type { Frame } from './frame';
import type { Scene } from './scene';
import type { TopologyOptions } from './topology-model';

/** The picture with its geometry. */
export function sceneOfCluster(
  snapshot: Snapshot,
  options: TopologyOptions = {},
): { scene: Scene; frame: Frame; picture: ClusterPicture } {
  const picture = clusterPicture(snapshot, options);
  const layout = layoutCluster(picture);
  const drawing = new ClusterDrawing(picture, layout, fullBar(picture));
  drawing.draw();
  const words = clusterWords(snapshot, picture, layout, options);
  const frame = { ...words, width: layout.width, bottom: layout.bottom + 14, legend: drawing.legend() };
  return { scene: drawing.scene, frame, picture };
}
