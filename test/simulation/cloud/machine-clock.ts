/** The two clocks of one machine, both wrong in their own way. */
import type { LocalClocks } from '../../../src/adapters/store/store-clock.ts';
import type { Prng } from '../../support/prng.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** A quartz runs wrong by less than this; the store clock allows for 200. */
const DRIFT_PPM = 100;

export interface MachineClock extends LocalClocks {
  /** Somebody, or NTP, sets the time of day. */
  jump(ms: number): void;
}

/** @param now true time, milliseconds since the epoch */
export function createMachineClock(now: () => number, prng: Prng, wrong: boolean): MachineClock {
  const bootedMs = now();
  const zeroMs = prng.int(0, 1_000 * MINUTE);
  const rate = wrong ? 1 + prng.int(-DRIFT_PPM, DRIFT_PPM) / 1e6 : 1;
  let offsetMs = wrong ? prng.pick([0, 0, 300, -300, 45 * SECOND, -10 * MINUTE]) : 0;
  const runs = (): number => (now() - bootedMs) * rate;
  return {
    monotonicMs: () => zeroMs + runs(),
    wallMs: () => bootedMs + offsetMs + runs(),
    jump: (ms) => {
      offsetMs += ms;
    },
  };
}
