/**
 * Whose turn it is to be looked at by the doctor. A look spends what Azure allows Slipway's identity, which
 * releases need; so each app has one look at a time in this process, and a begin every so often.
 */
import type { Limits } from '../limits.ts';
import { TooManyRequestsError } from '../release/errors.ts';

export interface Turns {
  /** @throws TooManyRequestsError, and whatever the look throws */
  take<T>(app: string, look: () => Promise<T>): Promise<T>;
}

interface Turn {
  readonly startedAt: number;
  /** Whether it still looks. */
  runs: boolean;
}

const LEAST_MS = 1_000;

export function createTurns(
  { doctorEveryMs }: Pick<Limits, 'doctorEveryMs'>,
  now: () => number,
): Turns {
  const turns = new Map<string, Turn>();

  function forgetOld(): void {
    for (const [app, { startedAt, runs }] of turns) {
      if (!runs && now() - startedAt >= doctorEveryMs) turns.delete(app);
    }
  }

  return {
    take: async (app, look) => {
      forgetOld();
      const last = turns.get(app);
      if (last !== undefined) {
        // One that still looks may look for longer than that.
        const leastMs = last.runs ? doctorEveryMs : LEAST_MS;
        const waitMs = Math.max(leastMs, last.startedAt + doctorEveryMs - now());
        throw new TooManyRequestsError(whyNot(app, last.runs, waitMs), waitMs);
      }
      const turn: Turn = { startedAt: now(), runs: true };
      turns.set(app, turn);
      try {
        return await look();
      } finally {
        turn.runs = false;
      }
    },
  };
}

function whyNot(app: string, runs: boolean, waitMs: number): string {
  const why = runs ? 'is being looked at right now' : 'was looked at a moment ago';
  return `app ${app} ${why}, and every look spends calls to Azure that releases need: ask again in ${Math.ceil(waitMs / 1_000)} s`;
}
