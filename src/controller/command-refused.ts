import { RefusedError } from '../release/errors.ts';
import type { Release } from '../release/release.ts';

/** The command means nothing where the release stands now, which comes with the refusal. */
export class CommandRefusedError extends RefusedError {
  readonly release: Release;

  constructor(code: string, message: string, release: Release) {
    super(code, message);
    this.release = release;
  }
}
