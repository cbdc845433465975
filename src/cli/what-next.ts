/** What a person can do with a release as it stands: the commands, ready to copy. */
import type { ReleaseView } from '../api/contract.ts';

/** A label of at most ten characters and a command. */
export type NextStep = readonly [label: string, command: string];

/** Those that let it go on, stop it, or mend it. */
export function nextSteps({ phase, id, pause }: ReleaseView): readonly NextStep[] {
  const takeBack: NextStep = ['Take back', `slipway abort ${id}`];
  switch (phase) {
    case 'queued':
    case 'preflight':
    case 'ramping':
    case 'watching':
      return [['Hold it', `slipway pause ${id}`], takeBack];
    case 'paused':
      return [['To go on', `slipway resume ${id}${choiceOf(pause)}`], takeBack];
    case 'promoting':
      return [takeBack];
    case 'failed':
      return [
        ['Try again', `slipway rollback ${id}`],
        ['Free it', `slipway acknowledge ${id}`],
      ];
    case 'rolling-back':
    case 'succeeded':
    case 'rolled-back':
    case 'aborted':
    case 'rejected':
      return [];
  }
}

function choiceOf(pause: ReleaseView['pause']): string {
  const choices = pause?.choices ?? [];
  return choices.length === 0 ? '' : ` --choice ${choices.join('|')}`;
}

/** Where Slipway itself is away, no command of its reaches the traffic. */
export const WITHOUT_SLIPWAY =
  'to take the traffic back without Slipway: slipway rescue --help (docs/rescue.md)';
