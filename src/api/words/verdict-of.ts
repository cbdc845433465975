/** Until the first verdict of a step, or of the watch, a release still shows the one of what was before. */
import type { ReleaseView } from '../contract.ts';

/**
 * What the verdict is of, where it is not of what the release does now.
 * @returns undefined: it is of now, or there is none
 */
export function verdictOf({
  verdict,
  step,
  swappedAt,
}: Pick<ReleaseView, 'verdict' | 'step' | 'swappedAt'>):
  'the step before' | 'the ramp' | undefined {
  if (verdict === null) return undefined;
  // A step is entered, and a swap confirmed, in the very pass whose verdict was of what was before.
  const at = Date.parse(verdict.at);
  if (step !== null) return at <= Date.parse(step.since) ? 'the step before' : undefined;
  return swappedAt !== null && at <= Date.parse(swappedAt) ? 'the ramp' : undefined;
}

/** What the release's message is of, where it repeats the sentence of such a verdict; else undefined. */
export function messageIsOf(
  release: Parameters<typeof verdictOf>[0] & Pick<ReleaseView, 'message'>,
): ReturnType<typeof verdictOf> {
  const { message, verdict } = release;
  return verdict !== null && message.includes(verdict.sentence) ? verdictOf(release) : undefined;
}
