/** The lab as built, so that its nodes start at once: from source, each would be compiled first. */
export const { Lab } = require('../../lib/dist/lab/lab') as typeof import('../../lib/lab/lab');
export type Lab = import('../../lib/lab/lab').Lab;
