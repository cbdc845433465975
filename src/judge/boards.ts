import { type GainBoard, newGainBoard } from './certify-table.ts';
import { StakeBoard, type StakeNull } from './stakes.ts';
import type { Margin } from './types.ts';

/** The boards of one fold: metrics with the same null share one, and those with the same margins. */
export class Boards {
  readonly #stakes: StakeBoard[] = [];
  readonly #gains = new Map<string, GainBoard>();

  stakes(wanted: StakeNull): StakeBoard {
    const { rho, delta, mixture } = wanted;
    const known = this.#stakes.find(
      (board) =>
        board.null.rho === rho && board.null.delta === delta && board.null.mixture === mixture,
    );
    const board = known ?? new StakeBoard(wanted);
    if (known === undefined) this.#stakes.push(board);
    return board;
  }

  gains(margins: readonly Margin[]): GainBoard {
    const key = margins.map(({ rho }) => rho).join();
    const board = this.#gains.get(key) ?? newGainBoard(margins);
    this.#gains.set(key, board);
    return board;
  }
}
