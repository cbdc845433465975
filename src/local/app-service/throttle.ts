/** ARM's token buckets per subscription: reads 250 refilled at 25/s, writes 200 at 10/s (azure.md 1.7). */

export interface Admission {
  readonly admitted: boolean;
  /** Whole requests left in the bucket. */
  readonly remaining: number;
  /** Whole seconds until a token is there; only meaningful when not admitted. */
  readonly retryAfterSeconds: number;
}

export interface Throttle {
  /** Takes a token for one request of this kind. */
  take(subscriptionId: string, kind: 'reads' | 'writes'): Admission;
}

const BUCKETS = {
  reads: { size: 250, refillPerSecond: 25 },
  writes: { size: 200, refillPerSecond: 10 },
} as const;

/** @param options.timeScale refills that much faster, since callers' clocks run that much faster. */
export function createThrottle(options: { timeScale: number; nowMs: () => number }): Throttle {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take: (subscriptionId, kind) => {
      const { size, refillPerSecond } = BUCKETS[kind];
      const perMs = (refillPerSecond * options.timeScale) / 1000;
      const nowMs = options.nowMs();
      const key = `${kind}/${subscriptionId}`;
      const bucket = buckets.get(key) ?? { tokens: size, atMs: nowMs };
      const tokens = Math.min(size, bucket.tokens + (nowMs - bucket.atMs) * perMs);
      const admitted = tokens >= 1;
      const left = admitted ? tokens - 1 : tokens;
      buckets.set(key, { tokens: left, atMs: nowMs });
      return {
        admitted,
        remaining: Math.floor(left),
        retryAfterSeconds: Math.ceil(Math.max(0, 1 - left) / perMs / 1000),
      };
    },
  };
}
