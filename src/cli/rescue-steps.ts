/** What the steps of a rescue share: stopping, asking, and waiting with a bound. */
import { AzureCallError } from '../app.ts';
import type { Rescue } from './rescue.ts';

/** 0 done, 1 not done or not as it should be, 2 wrong usage, 3 could not tell. */
export type RescueExit = 0 | 1 | 2 | 3;

/** Ends the rescue here, with this exit code. */
export class RescueStop extends Error {
  readonly exit: RescueExit;

  constructor(exit: RescueExit, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RescueStop';
    this.exit = exit;
  }
}

/** @throws RescueStop when the answer is no, or when there is nobody to ask */
export async function confirm({ options, io, say }: Rescue, question: string): Promise<void> {
  if (options.yes) {
    say(`${question} Yes, by --yes.`);
    return;
  }
  if (io.ask === undefined) {
    const message = `"${question}" cannot be asked without a terminal: add --yes to go on without questions. Nothing was changed by this step`;
    throw new RescueStop(2, message);
  }
  if (!(await io.ask(question)))
    throw new RescueStop(1, 'not confirmed, nothing was changed by this step');
}

/** Waits for Azure to get free; the whole rescue waits `rescueBusyMs` at most. */
export class Patience {
  readonly #run: Rescue;
  #waitedMs = 0;

  constructor(run: Rescue) {
    this.#run = run;
  }

  /** @throws RescueStop when it has waited long enough */
  async wait(why: string, atLeastMs = 0): Promise<void> {
    const { limits, sleep } = this.#run.io;
    if (this.#waitedMs === 0) this.#run.say(`${why}; waits up to ${minutes(limits.rescueBusyMs)}.`);
    const ms = Math.max(atLeastMs, limits.rescuePollMs);
    if (this.#waitedMs + ms > limits.rescueBusyMs)
      throw new RescueStop(1, `${why}, for ${minutes(limits.rescueBusyMs)} now: try again later`);
    this.#waitedMs += ms;
    await sleep(ms);
  }
}

/** Calls again while Azure says that it is busy. For reads. */
export async function patiently<T>(patience: Patience, read: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof AzureCallError) || !isBusy(error)) throw error;
      await patience.wait(`Azure is busy (${error.code})`, error.retryAfterMs);
    }
  }
}

/** "Another operation", throttled: it helps to wait. Without a token it does not. */
export function isBusy({ failure, status }: AzureCallError): boolean {
  return failure === 'busy' && status !== undefined;
}

function minutes(ms: number): string {
  return `${Math.max(1, Math.round(ms / 60_000))} min`;
}
