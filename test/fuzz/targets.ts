/** All that is fuzzed. Targets that need servers stand in a group that opens and closes them. */
import type { FuzzTarget } from './engine.ts';
import { azureTargets, closeAzure, openAzure } from './targets/answers.ts';
import { doorTargets, openDoors } from './targets/doors.ts';
import { kqlTargets } from './targets/kql.ts';
import { azuriteTargets, closeAzurite, odataTargets, openAzurite } from './targets/odata.ts';
import { localTargets } from './targets/local.ts';
import { parsers } from './targets/parsers.ts';
import { regExpTargets } from './targets/reg-exps.ts';
import { rowTargets } from './targets/rows.ts';
import { webhookTargets } from './targets/webhook.ts';
import { closeWire, openWire, wireTargets } from './targets/wire.ts';

export interface Group {
  readonly targets: readonly FuzzTarget[];
  readonly open?: () => Promise<void>;
  readonly close?: () => Promise<void>;
}

export const groups: readonly Group[] = [
  { targets: parsers },
  { targets: rowTargets },
  { targets: localTargets },
  { targets: webhookTargets },
  { targets: azureTargets, open: openAzure, close: closeAzure },
  { targets: kqlTargets },
  { targets: odataTargets },
  { targets: azuriteTargets, open: openAzurite, close: closeAzurite },
  { targets: doorTargets, open: openDoors },
  { targets: regExpTargets },
  { targets: wireTargets, open: openWire, close: closeWire },
];
