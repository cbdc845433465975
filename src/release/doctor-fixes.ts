/** What mends a problem of preflight, by its code. */
import { az, quoted } from './doctor-az.ts';
import type { View } from './doctor-check.ts';
import type { Problem } from './errors.ts';
import type { Unread } from './facts.ts';
import { grant } from './doctor-rights.ts';
import { LABEL_HOW } from './label.ts';

type Fix = (view: View, problem: Problem) => string;

const label =
  (slot: boolean): Fix =>
  ({ request, rehearsal }) => {
    const version = slot ? (rehearsal.version ?? 'VERSION') : 'VERSION';
    const command = az(request, {
      ...{ verb: 'config appsettings set', slot },
      more: `--settings OTEL_RESOURCE_ATTRIBUTES=${quoted(`service.version=${version}`)}`,
    });
    return `${command}  # with OpenTelemetry, for a try; better: ${LABEL_HOW}`;
  };

const deploy = ({ request }: View): string =>
  az(request, { verb: 'deploy', slot: true, more: '--src-path app.zip --type zip' });

const clearRules: Fix = ({ request }) =>
  az(request, { verb: 'traffic-routing clear', slot: false });

const FIXES: Readonly<Partial<Record<string, Fix>>> = {
  'not-running': ({ request }, { path }) =>
    az(request, { verb: 'start', slot: path !== 'production' }),
  'preview-swap-pending': ({ request }) =>
    az(request, { verb: 'deployment slot swap', slot: true, more: '--action reset' }),
  'half-swapped': ({ request }) => az(request, { verb: 'deployment slot swap', slot: true }),
  'foreign-rule': clearRules,
  'auto-ramp': clearRules,
  'auto-swap': ({ request }) =>
    az(request, { verb: 'deployment slot auto-swap', slot: true, more: '--disable' }),
  'sticky-telemetry': stickyFix,
  'content-unknown': deploy,
  'validation-failed': ({ request, preflight }, { path }) => {
    const index = Number(/\d+/.exec(path)?.[0] ?? 0);
    const host = preflight.site?.slot.host ?? 'HOST';
    return `curl -i ${quoted(`https://${host}${request.plan.validate[index]?.path ?? '/'}`)}`;
  },
  'versions-same': (view) => `${deploy(view)}  # deploy the new version to the slot`,
  'version-missing': label(false),
  'label-missing': label(true),
  'version-not-seen': label(true),
  'baseline-mismatch': ({ rehearsal }) =>
    rehearsal.baseline === undefined
      ? 'leave baselineVersion out of the start'
      : `leave baselineVersion out of the start, or say ${rehearsal.baseline}`,
  'right-missing': (view) => grant(view),
  'ceiling-missing': () => 'set analysis.ceiling in the plan (docs/plans.md)',
  query: () => 'mend the query in the plan (docs/plans.md)',
  ResourceNotFound: ({ request }, { path }) =>
    path === 'site and slot'
      ? az(request, { verb: 'deployment slot list', slot: false })
      : az(request, { verb: 'show', slot: false }),
  AuthorizationFailed: (view) =>
    view.via === 'slipway'
      ? grant(view)
      : 'az account show  # is it the right subscription and account? Reading the app takes Reader on it',
};

/** Undefined: there is nothing better to say than the problem itself. */
export function fixOf(view: View, problem: Problem): string | undefined {
  return FIXES[problem.code]?.(view, problem);
}

/** What helps where a read of preflight got no answer; undefined: asking again. */
export function fixOfUnread(
  { via, request, who }: View,
  { what, message }: Unread,
): string | undefined {
  if (!/telemetry|queries/.test(what)) return undefined;
  if (message.includes('no Log Analytics workspace is known')) {
    return via === 'own'
      ? 'az monitor log-analytics workspace list --query "[].{name: name, workspace: customerId}" --output table  # then --workspace ID'
      : `az functionapp config appsettings set --resource-group rg-slipway --name FUNCTION_APP_NAME --settings SLIPWAY_WORKSPACE_ID=ID  # or telemetry.workspaceId of ${request.app ?? request.target.site}`;
  }
  if (!/answered 40[13]/.test(message)) return undefined;
  const whom = via === 'slipway' ? 'IDENTITY_PRINCIPAL_ID' : (who ?? 'YOU');
  return `az role assignment create --assignee ${quoted(whom)} --role "Log Analytics Reader" --scope WORKSPACE_RESOURCE_ID  # works after up to 60 minutes`;
}

/** Deleting a setting takes it off the list of sticky ones too. */
function stickyFix({ request, preflight }: View): string {
  const names = (preflight.preflight?.stickyAppSettings ?? []).filter((name) =>
    /^OTEL_/i.test(name),
  );
  const more = `--setting-names ${names.map(quoted).join(' ')}`;
  const verb = 'config appsettings delete';
  return [az(request, { verb, slot: true, more }), az(request, { verb, slot: false, more })].join(
    ' && ',
  );
}
