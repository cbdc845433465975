/** What a person can do with a release as it stands: the commands, ready to copy. */
import type { ReleaseView } from '../api/contract.ts';

/** A label and a command. */
export type NextStep = readonly [label: string, command: string];

/** Those that stop it, or mend it; how a paused one goes on is told where its pause is. */
export function nextSteps({ phase, id }: ReleaseView): readonly NextStep[] {
  const takeBack: NextStep = ['Take back', `slipway abort ${id}`];
  switch (phase) {
    case 'queued':
    case 'preflight':
    case 'ramping':
    case 'watching':
      return [['Hold it', `slipway pause ${id}`], takeBack];
    case 'paused':
    case 'promoting':
      return [takeBack];
    case 'failed':
      return [
        ['Take back', `slipway rollback ${id} tries once more`],
        ['Mended', `slipway acknowledge ${id} frees the app`],
      ];
    case 'rolling-back':
    case 'succeeded':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
      return [];
  }
}

/** Where Slipway itself is away, no command of its reaches the traffic. */
export const WITHOUT_SLIPWAY =
  'to take the traffic back without Slipway: slipway rescue --help (docs/rescue.md)';
