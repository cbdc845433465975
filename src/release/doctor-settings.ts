/** What the doctor says of settings: names and fingerprints, never a value. */
import { az, quoted } from './doctor-az.ts';
import { type CheckSpec, type Finding, ok, unknown, type View, warning } from './doctor-check.ts';
import type { ComparedSettings, SettingDifference } from './doctor-facts.ts';

/** Where telemetry goes: of these a difference means that the slot's is looked for in the wrong place. */
const TELEMETRY = /^(APPLICATIONINSIGHTS_CONNECTION_STRING|APPINSIGHTS_INSTRUMENTATIONKEY)$/i;

export const SETTINGS_CHECKS: readonly CheckSpec[] = [
  {
    id: 'settings',
    title: 'App settings',
    decides: false,
    look: compared(({ appSettings }) => tell(appSettings, 'app settings')),
  },
  {
    id: 'connection-strings',
    title: 'Connection strings',
    decides: false,
    look: compared(({ connectionStrings }) => tell(connectionStrings, 'connection strings')),
  },
  {
    id: 'warm-up',
    title: 'Warm-up at a swap',
    decides: false,
    look: compared(lookAtWarmUp),
  },
];

function compared(look: (settings: ComparedSettings, view: View) => Finding): CheckSpec['look'] {
  return (view) => {
    const { settings, via } = view;
    if (settings.ok) return look(settings.value, view);
    const withheld = settings.code === 'AuthorizationFailed' && via === 'slipway';
    return withheld
      ? unknown(
          "Slipway's identity may not read the values of settings, on purpose; nothing in a release depends on it",
          { fix: ownCommand(view) },
        )
      : unknown(`the settings could not be read: ${settings.why}`);
  };
}

/** With the rights of whoever may see them. */
function ownCommand({ request: { target, slot } }: View): string {
  return `slipway doctor --site '${target.subscriptionId}/${target.resourceGroup}/${target.site}' --slot ${slot}  # with your own az login`;
}

function tell(differences: readonly SettingDifference[], what: string): Finding {
  const facts = { differences };
  if (differences.length === 0) return ok('the same in both', facts);
  const moving = differences.filter(({ sticky }) => !sticky);
  const staying = differences.filter(({ sticky }) => sticky);
  const parts = [
    ...(moving.length === 0 ? [] : [`go to production with the swap: ${listed(moving)}`]),
    ...(staying.length === 0 ? [] : [`stay with their slot (sticky): ${listed(staying)}`]),
  ];
  const message = `${differences.length} ${what} differ; ${parts.join('; ')}`;
  const elsewhere = differences.filter(({ name }) => TELEMETRY.test(name));
  if (elsewhere.length > 0) {
    const names = elsewhere.map(({ name }) => name).join(', ');
    return warning(
      `${message}. ${names}: the slot's telemetry may go to another place than production's, where the release does not look`,
      { facts },
    );
  }
  return moving.length === 0 ? ok(message, facts) : warning(message, { facts });
}

/** `NAME (production only)`, `NAME` */
function listed(differences: readonly SettingDifference[]): string {
  return differences
    .map(({ name, production, slot }) => {
      if (production === undefined) return `${name} (slot only)`;
      return slot === undefined ? `${name} (production only)` : name;
    })
    .join(', ');
}

/** App Service takes any answer for warm unless it is told which (azure.md 1.7). */
function lookAtWarmUp({ warmUp }: ComparedSettings, { request }: View): Finding {
  const { path, statuses } = warmUp;
  const facts = { path: path ?? null, statuses: statuses ?? null };
  const health = request.plan.validate[0]?.path.split('?')[0] ?? '/health';
  const more = `--settings ${quoted(`WEBSITE_SWAP_WARMUP_PING_PATH=${path ?? health}`)} WEBSITE_SWAP_WARMUP_PING_STATUSES=200`;
  const fix = az(request, { verb: 'config appsettings set', slot: true, more });
  if (path === undefined) {
    return warning(
      'a swap asks / and takes any answer, an error too, for warm; name a path that warms the app up (web.config may have applicationInitialization, which cannot be seen from here)',
      { fix, facts },
    );
  }
  if (statuses === undefined) {
    return warning(`a swap asks ${path} and takes any answer, an error too, for warm`, {
      fix,
      facts,
    });
  }
  return ok(`a swap asks ${path} and waits for ${statuses}`, facts);
}
