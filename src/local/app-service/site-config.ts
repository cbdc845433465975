import { z } from 'zod';
import { armError } from './errors.ts';
import type { RampUpRule, SlotState } from './state.ts';

/** `config/web` of a slot: defaults, reading, and the two ways of writing it (azure.md 1.5). */

const ruleInput = z.object({
  actionHostName: z.string().nullish(),
  reroutePercentage: z.number().nullish(),
  changeStep: z.number().nullish(),
  changeIntervalInMinutes: z.number().nullish(),
  minReroutePercentage: z.number().nullish(),
  maxReroutePercentage: z.number().nullish(),
  changeDecisionCallbackUrl: z.string().nullish(),
  name: z.string().nullish(),
});

const experimentsInput = z.object({ rampUpRules: z.array(ruleInput).nullish() }).nullish();

const configInput = z.object({
  properties: z.looseObject({ experiments: experimentsInput }),
});

/** Unset properties read as `null`; these have a value from the start. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  numberOfWorkers: 1,
  defaultDocuments: ['index.html', 'hostingstart.html'],
  netFrameworkVersion: 'v4.0',
  phpVersion: '',
  pythonVersion: '',
  nodeVersion: '',
  powerShellVersion: '',
  linuxFxVersion: 'NODE|24-lts',
  windowsFxVersion: null,
  requestTracingEnabled: false,
  requestTracingExpirationTime: null,
  remoteDebuggingEnabled: false,
  remoteDebuggingVersion: null,
  httpLoggingEnabled: false,
  detailedErrorLoggingEnabled: false,
  publishingUsername: null,
  appSettings: null,
  connectionStrings: null,
  machineKey: null,
  handlerMappings: null,
  documentRoot: null,
  scmType: 'None',
  use32BitWorkerProcess: false,
  webSocketsEnabled: false,
  alwaysOn: true,
  javaVersion: null,
  javaContainer: null,
  javaContainerVersion: null,
  appCommandLine: '',
  managedPipelineMode: 'Integrated',
  virtualApplications: null,
  loadBalancing: 'LeastRequests',
  limits: null,
  autoHealEnabled: false,
  autoHealRules: null,
  vnetName: '',
  cors: null,
  push: null,
  apiDefinition: null,
  autoSwapSlotName: null,
  localMySqlEnabled: false,
  ipSecurityRestrictions: null,
  http20Enabled: true,
  minTlsVersion: '1.2',
  ftpsState: 'FtpsOnly',
  healthCheckPath: null,
  publicNetworkAccess: null,
};

/** The stack moves with the content in a swap; the other properties stay with their slot. */
export const SWAPPED_PROPERTIES: readonly string[] = [
  'netFrameworkVersion',
  'phpVersion',
  'pythonVersion',
  'nodeVersion',
  'powerShellVersion',
  'linuxFxVersion',
  'windowsFxVersion',
  'use32BitWorkerProcess',
  'webSocketsEnabled',
  'javaVersion',
  'javaContainer',
  'javaContainerVersion',
  'appCommandLine',
  'handlerMappings',
  'virtualApplications',
];

/** All properties as a GET shows them: the rules twice, once in undocumented `routingRules`. */
export function configProperties(slot: SlotState): Record<string, unknown> {
  return {
    ...DEFAULTS,
    ...slot.web,
    routingRules: slot.rules,
    experiments: { rampUpRules: slot.rules },
  };
}

/** PATCH: each given property replaces the old one; `rampUpRules` is replaced as a whole. */
export function patchConfig(slot: SlotState, body: unknown): void {
  const { rules, rest } = parseConfig(body);
  slot.web = { ...slot.web, ...rest };
  if (rules !== undefined) slot.rules = rules;
}

/** PUT: what is not given goes back to its default, rules included. */
export function putConfig(slot: SlotState, body: unknown): void {
  const { rules, rest } = parseConfig(body);
  slot.web = rest;
  slot.rules = rules ?? [];
}

/** Nobody checks here that a rule's host exists, or that weights stay below 100 (azure.md 1.1). */
function parseConfig(body: unknown): {
  rules: RampUpRule[] | undefined;
  rest: Record<string, unknown>;
} {
  const parsed = configInput.safeParse(body);
  if (!parsed.success) {
    throw armError(400, 'InvalidRequestContent', {
      message: `The request content was invalid and could not be deserialized: '${z.prettifyError(parsed.error)}'.`,
    });
  }
  const { experiments, ...rest } = parsed.data.properties;
  delete rest.routingRules;
  if (experiments === null) return { rules: [], rest };
  const given = experiments?.rampUpRules;
  return { rules: given === undefined ? undefined : (given ?? []).map(wholeRule), rest };
}

function wholeRule(input: z.infer<typeof ruleInput>): RampUpRule {
  return {
    actionHostName: input.actionHostName ?? null,
    reroutePercentage: input.reroutePercentage ?? null,
    changeStep: input.changeStep ?? null,
    changeIntervalInMinutes: input.changeIntervalInMinutes ?? null,
    minReroutePercentage: input.minReroutePercentage ?? null,
    maxReroutePercentage: input.maxReroutePercentage ?? null,
    changeDecisionCallbackUrl: input.changeDecisionCallbackUrl ?? null,
    name: input.name ?? null,
  };
}
