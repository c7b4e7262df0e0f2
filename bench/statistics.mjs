// Medians and percentiles of small sets of measurements.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest value that at least `percent` of a hundred values do not exceed (nearest rank). */
export function percentile(values, percent) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** How far the values lie apart, in percent of their median. */
export function spreadPercent(values) {
  return (100 * (Math.max(...values) - Math.min(...values))) / median(values);
}
