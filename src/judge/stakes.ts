import { log1p } from './fast-math.ts';
import type { Mixture } from './mixture.ts';
import { Recent } from './recent.ts';

/** What the stakes of a bin depend on besides its requests. */
export interface StakeNull {
  readonly rho: number;
  readonly delta: number;
  readonly mixture: Mixture;
}

/** What the requests of one bin make of each bet of a mixture. Changed in place. */
export interface Stakes {
  /** Share of failures the null expects in the canary; observed exposure, never configured weight. */
  pi: number;
  /** One a bet: ln(1 + pi (psi - 1)), what each failure of either version costs. Stale until `tilted`. */
  readonly lnTilts: Float64Array;
  tilted: boolean;
  /** One a bet: k_j n delta, what the null allows to fail. */
  readonly allowances: Float64Array;
}

/** The stakes under one null: all measures of a metric share them, and so do metrics that count the same. */
export class StakeBoard {
  readonly null: StakeNull;
  readonly #excess: readonly number[];
  readonly #recent: Recent<Stakes>;

  constructor(stakeNull: StakeNull) {
    const excess = stakeNull.mixture.effects.map(({ psi }) => psi - 1);
    this.null = stakeNull;
    this.#excess = excess;
    this.#recent = new Recent(
      () => newStakes(excess.length),
      (stakes, canary, baseline) => this.#fill(stakes, canary, baseline),
    );
  }

  /** To be read before the next bin. */
  at(canary: number, baseline: number): Stakes {
    return this.#recent.at(canary, baseline);
  }

  /** Makes the logarithms, which only failures need. */
  tilt(stakes: Stakes): void {
    if (stakes.tilted) return;
    stakes.tilted = true;
    const { lnTilts, pi } = stakes;
    const excess = this.#excess;
    for (let j = 0; j < lnTilts.length; j += 1) lnTilts[j] = log1p(pi * (excess[j] ?? 0));
  }

  #fill(stakes: Stakes, canary: number, baseline: number): void {
    const { rho, delta } = this.null;
    const exposed = rho * canary;
    const all = exposed + baseline;
    const pi = exposed === 0 ? 0 : exposed / all;
    stakes.pi = pi;
    stakes.tilted = false;
    if (delta === 0) return;
    const rest = exposed === 0 ? 1 : baseline / all;
    const allowed = canary * delta;
    const { allowances } = stakes;
    for (let j = 0; j < allowances.length; j += 1) {
      const excess = this.#excess[j] ?? 0;
      allowances[j] = ((excess * rest) / (1 + pi * excess)) * allowed;
    }
  }
}

function newStakes(bets: number): Stakes {
  const zeros = (): Float64Array => new Float64Array(bets);
  return { pi: 0, lnTilts: zeros(), tilted: false, allowances: zeros() };
}
