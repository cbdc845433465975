/** Every deliberate defect; the checkers must see each of them. */
import type { Mutant } from '../stage.ts';
import type { Defect } from './defect.ts';
import { OF_AZURE } from './of-azure.ts';
import { OF_THE_JUDGE } from './of-the-judge.ts';
import { OF_THE_STORE } from './of-the-store.ts';
import { OF_TIME } from './of-time.ts';

export const DEFECTS: readonly Defect[] = [
  ...OF_THE_STORE,
  ...OF_AZURE,
  ...OF_THE_JUDGE,
  ...OF_TIME,
];

/** Claims that nobody can repeat: the same seed is not the same story any more. */
export const UNREPEATABLE: Mutant = () => {
  return (ports) => ({
    ...ports,
    random: () => Math.random().toString(16).slice(2, 10).padEnd(8, '0'),
  });
};
