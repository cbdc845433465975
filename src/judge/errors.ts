/**
 * The judge was given something that no telemetry can be: a bug of the caller, never a finding about
 * the canary. The message names the bin or the setting, its value and the limit it breaks.
 */
export class JudgeInputError extends Error {
  readonly code = 'judge-input';

  constructor(message: string) {
    super(message);
    this.name = 'JudgeInputError';
  }
}
