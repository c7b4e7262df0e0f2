/** Loaded before the simulation wraps it, as a library may have been. */
export const earlySetImmediate: typeof setImmediate = setImmediate;
