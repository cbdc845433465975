/** What the doctor says of App Service: site and slot, rules, swap settings, content, plan, hosts. */
import { az, quoted } from './doctor-az.ts';
import { type CheckSpec, type Finding, ok, unknown, type View, warning } from './doctor-check.ts';
import type { Configuration, SlotConfiguration } from './doctor-facts.ts';
import { describeRules, isRuleOf } from './rules.ts';

const NOT_READ = 'the app could not be read, so this could not be looked at';

/** Plans that have slots (azure.md 1.1), and those of functions. */
const TIERS_WITH_SLOTS = /^(standard|premium|isolated|dynamic|elasticpremium|workflowstandard)/i;

export const SITE_CHECKS: readonly CheckSpec[] = [
  {
    id: 'site',
    title: 'App and slot',
    decides: true,
    reads: ['site and slot'],
    codes: ['not-running', 'preview-swap-pending', 'half-swapped'],
    look: lookAtSite,
  },
  {
    id: 'rules',
    title: 'Traffic rules',
    decides: true,
    reads: ['traffic rules'],
    codes: ['foreign-rule', 'auto-ramp'],
    look: lookAtRules,
  },
  {
    id: 'auto-swap',
    title: 'Auto swap',
    decides: true,
    reads: ['swap settings'],
    codes: ['auto-swap'],
    look: ({ preflight }) =>
      preflight.preflight === undefined ? unknown(NOT_READ) : ok('off', { autoSwapSlotName: null }),
  },
  {
    id: 'sticky-telemetry',
    title: 'Sticky telemetry settings',
    decides: true,
    reads: ['swap settings'],
    codes: ['sticky-telemetry'],
    look: lookAtSticky,
  },
  {
    id: 'content',
    title: 'Content of the slot',
    decides: true,
    reads: ['deployments'],
    codes: ['content-unknown', 'slot-overwritten'],
    look: ({ preflight: { content } }) =>
      content === undefined
        ? unknown(NOT_READ)
        : ok(`production holds ${content.production}, the slot ${content.slot}`, { ...content }),
  },
  {
    id: 'plan',
    title: 'App Service plan',
    decides: false,
    look: configured(lookAtPlan),
  },
  { id: 'always-on', title: 'Always On', decides: false, look: configured(lookAtAlwaysOn) },
  { id: 'https', title: 'HTTPS only', decides: false, look: configured(lookAtHttps) },
  {
    id: 'health-check',
    title: 'Health check path',
    decides: false,
    look: configured(lookAtHealth),
  },
];

function lookAtSite({ preflight: { site } }: View): Finding {
  if (site === undefined) return unknown(NOT_READ);
  const { production, slot, volumes } = site;
  const facts = { production, slot, volumes };
  const operation = production.operationInProgress ?? slot.operationInProgress;
  if (operation !== undefined) {
    return unknown(`the operation ${operation} runs on the app; preflight waits for its end`, {
      facts,
    });
  }
  return ok(`both run: ${production.host}, ${slot.host}`, facts);
}

/** Preflight refuses rules with weight; those at 0 % it keeps, or removes when they are the slot's own. */
function lookAtRules({ preflight: { rules, site }, request }: View): Finding {
  if (rules === undefined) return unknown(NOT_READ);
  const own = rules.find((rule) => isRuleOf(rule, request.slot, site?.slot.host));
  const facts = { rules, ownLeftover: own?.name ?? null };
  if (rules.length === 0) return ok('none', facts);
  const others = rules.filter((rule) => rule !== own);
  const kept = others.length === 0 ? [] : [`${describeRules(others)} will be kept`];
  const removed = own === undefined ? [] : [`${own.name}=0 % is left over and will be removed`];
  return ok([...kept, ...removed].join('; '), facts);
}

function lookAtSticky({ preflight: { preflight } }: View): Finding {
  const names = preflight?.stickyAppSettings;
  if (names === undefined) return unknown(NOT_READ);
  const others = names.length === 0 ? 'no app setting is sticky' : `sticky: ${names.join(', ')}`;
  return ok(`none of OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_*; ${others}`, { sticky: names });
}

function configured(
  look: (configuration: Configuration, view: View) => Finding,
): CheckSpec['look'] {
  return (view) => {
    const { configuration } = view;
    if (!configuration.ok)
      return unknown(`the configuration could not be read: ${configuration.why}`);
    return look(configuration.value, view);
  };
}

function lookAtPlan({ production, slot }: Configuration, { request }: View): Finding {
  const facts = { production: planOf(production), slot: planOf(slot) };
  const tier = production.tier ?? 'unknown';
  if (production.planId?.toLowerCase() !== slot.planId?.toLowerCase()) {
    return warning(
      'production and slot are on different plans: their machines differ, and what looks like the version may be the machine',
      { fix: az(request, { verb: 'show', slot: true, more: '--query appServicePlanId' }), facts },
    );
  }
  if (!TIERS_WITH_SLOTS.test(tier)) {
    return warning(`the tier is ${tier}; slots take Standard, Premium or Isolated`, {
      fix: `az appservice plan update --ids ${quoted(production.planId ?? 'PLAN_ID')} --sku S1`,
      facts,
    });
  }
  return ok(`${tier}; both share it, so the canary takes CPU from production too`, facts);
}

function planOf({ tier, planId, kind }: SlotConfiguration): Readonly<Record<string, unknown>> {
  return { tier: tier ?? null, planId: planId ?? null, kind: kind ?? null };
}

function lookAtAlwaysOn({ production, slot }: Configuration, { request }: View): Finding {
  const facts = { production: production.alwaysOn ?? null, slot: slot.alwaysOn ?? null };
  const off = [
    ...(production.alwaysOn === false ? (['production'] as const) : []),
    ...(slot.alwaysOn === false ? (['slot'] as const) : []),
  ];
  if (off.length === 0) return ok(known(production.alwaysOn, slot.alwaysOn, 'on'), facts);
  const more = '--always-on true';
  return warning(
    `off in ${off.join(' and ')}: an idle app is unloaded, and its next request is a cold start that looks like a slow version`,
    {
      fix: off
        .map((where) => az(request, { verb: 'config set', slot: where === 'slot', more }))
        .join(' && '),
      facts,
    },
  );
}

/** It stays with the slot (TLS settings are not swapped), so visitors sent to the slot meet the slot's. */
function lookAtHttps({ production, slot }: Configuration, { request }: View): Finding {
  const facts = { production: production.httpsOnly ?? null, slot: slot.httpsOnly ?? null };
  if (production.httpsOnly === slot.httpsOnly) {
    const which = production.httpsOnly === true ? 'on' : 'off';
    return ok(known(production.httpsOnly, slot.httpsOnly, `${which} in both`), facts);
  }
  const more = `--set httpsOnly=${String(production.httpsOnly ?? true)}`;
  return warning('differs between production and slot, and stays with each at a swap', {
    fix: az(request, { verb: 'update', slot: true, more }),
    facts,
  });
}

function lookAtHealth({ production, slot }: Configuration, { request }: View): Finding {
  const facts = {
    production: production.healthCheckPath ?? null,
    slot: slot.healthCheckPath ?? null,
  };
  if (production.healthCheckPath === undefined && slot.healthCheckPath === undefined) {
    return warning('none: App Service keeps sending visitors to an instance that is broken', {
      fix: az(request, {
        ...{ verb: 'config set', slot: false },
        more: `--generic-configurations '{"healthCheckPath": "/health"}'`,
      }),
      facts,
    });
  }
  if (production.healthCheckPath === slot.healthCheckPath) {
    return ok(`${production.healthCheckPath ?? ''} in both`, facts);
  }
  const message = `production: ${production.healthCheckPath ?? 'none'}, slot: ${slot.healthCheckPath ?? 'none'}`;
  return ok(message, facts);
}

function known(production: unknown, slot: unknown, what: string): string {
  return production === undefined || slot === undefined ? 'Azure does not say' : what;
}
