/** What the doctor says of Slipway's own side. */
import { BOUNDS } from '../limits.ts';
import { type CheckSpec, type Finding, ok, unknown, type View, warning } from './doctor-check.ts';

export const SLIPWAY_CHECKS: readonly CheckSpec[] = [
  {
    id: 'free',
    title: 'App is free',
    decides: true,
    // Only where Slipway itself is there to ask.
    applies: ({ slipway }) => slipway !== undefined,
    look: lookAtActive,
  },
  { id: 'clock', title: 'Clocks', decides: false, look: lookAtClock },
];

function lookAtActive({ slipway }: View): Finding {
  if (slipway === undefined) return unknown('Slipway was not asked');
  const { active } = slipway;
  if (active === undefined)
    return ok('no release holds it, and the storage answers', { active: null });
  return {
    status: 'problem',
    message: `release ${active} holds the app: a start now would be refused (app-busy). What the other checks see is in the middle of that release`,
    fix: 'wait for its end, or abort it (docs/operations.md)',
    facts: { active },
  };
}

/** Of this machine against the storage's, and against Azure's own. */
function lookAtClock({ slipway, configuration, now }: View): Finding {
  const azureTime = configuration.ok ? configuration.value.azureTime : undefined;
  const toAzure = azureTime === undefined ? undefined : now - azureTime;
  const toStore = slipway?.skewMs;
  const facts = { toStoreMs: toStore ?? null, toAzureMs: toAzure ?? null };
  const skews = [toStore, toAzure].filter((skew) => skew !== undefined);
  if (skews.length === 0) return unknown('no clock of Azure was read', { facts });
  const worst = Math.max(...skews.map(Math.abs));
  const within = `within ${Math.ceil(worst / 1_000)} s`;
  if (worst <= BOUNDS.skewWarningMs) return ok(`they agree ${within}`, facts);
  return warning(
    `clocks differ by ${Math.round(worst / 1_000)} s: windows of telemetry are looked for at the wrong time`,
    { fix: 'timedatectl set-ntp true  # on the machine whose clock is off', facts },
  );
}
