/** Every rule of the grid, in the order of the tables. */
import { argoRollouts, argoSkipping } from './argo-rollouts.ts';
import { azureGate } from './azure-gate.ts';
import { flagger, flaggerSkipping } from './flagger.ts';
import { kayenta } from './kayenta.ts';
import { msprt } from './msprt.ts';
import { knowsAll, knowsRatio } from './oracles.ts';
import type { Rule } from './rule.ts';
import { slipwayBoosted } from './slipway-boosted.ts';
import { slipway, slipwayInRelease } from './slipway.ts';
import { zTest } from './z-test.ts';

export const JUDGES: readonly Rule[] = [
  slipway,
  slipwayInRelease,
  flagger,
  flaggerSkipping,
  argoRollouts,
  argoSkipping,
  azureGate,
  kayenta,
  zTest,
  msprt,
];

/** What could be done besides; costly, so it is left out of the cells that ask about false rollbacks only. */
export const IDEAS: readonly Rule[] = [slipwayBoosted];

/** Without a harm that they know they have nothing to bet on: they are asked about harm only. */
export const ORACLES: readonly Rule[] = [knowsAll, knowsRatio];
