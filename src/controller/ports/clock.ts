/** The only source of time above the adapters. */
export interface Clock {
  /** Milliseconds since the epoch by the store's clock, never going backwards within a process. */
  now(): number;
  /** Local clock minus store clock; undefined before the first answer of the store. */
  skewMs(): number | undefined;
}
