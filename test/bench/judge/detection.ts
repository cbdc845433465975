/** Runs of one process until it says "harm", for scenarios with a few cells. */
import { createRandom, type Random } from './random.ts';

/** Told each minute's number; true at the minute of the rollback. Draws its own traffic. */
export type Story = (random: Random) => (minute: number) => boolean;

export interface Detection {
  readonly runs: number;
  readonly found: number;
  /** Minutes until it was found, counted from `from`, sorted; those never found are Infinity. */
  readonly delays: readonly number[];
}

export interface DetectionOptions {
  readonly seed: number;
  readonly runs: number;
  readonly minutes: number;
  /** First minute of the harm; what is found before counts as found early, with delay 0 or less. */
  readonly from?: number;
  readonly story: Story;
}

export function detect({ seed, runs, minutes, from = 0, story }: DetectionOptions): Detection {
  const delays: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const step = story(createRandom(seed, run));
    let at = Infinity;
    for (let minute = 0; minute < minutes && at === Infinity; minute += 1) {
      if (step(minute)) at = minute + 1 - from;
    }
    delays.push(at);
  }
  delays.sort((a, b) => a - b);
  return { runs, found: delays.filter((delay) => delay < Infinity).length, delays };
}

/** Of all runs: Infinity when less than half found it. */
export function median({ delays }: Detection): number {
  return delays[Math.floor((delays.length - 1) / 2)] ?? Infinity;
}

export function shareFound({ found, runs }: Detection): number {
  return found / runs;
}

export function percent(value: number): string {
  return `${(100 * value).toFixed(value < 0.1 ? 2 : 1)} %`;
}

/** `-` for what never came. */
export function number(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString('en-US', { maximumFractionDigits: 1 }) : '-';
}
