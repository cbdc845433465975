import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { AppServiceError } from './errors.ts';
import { nowMs } from './system.ts';
import { PRODUCTION } from './types.ts';
import type { SiteDefinition, SlotDefinition } from './types.ts';

const text = z.string().nullable();
const number = z.number().nullable();

const ruleSchema = z.object({
  actionHostName: text,
  reroutePercentage: number,
  changeStep: number,
  changeIntervalInMinutes: number,
  minReroutePercentage: number,
  maxReroutePercentage: number,
  changeDecisionCallbackUrl: text,
  name: text,
});

const deploymentSchema = z.object({ id: z.string(), content: z.string(), receivedMs: z.number() });

const volumeSchema = z.object({
  deploymentId: z.string(),
  content: text,
  /** Newest first. */
  deployments: z.array(deploymentSchema),
});

const slotSchema = z.object({
  name: z.string(),
  hostName: z.string(),
  running: z.boolean(),
  volume: volumeSchema,
  /** What ARM says instead of the volume's own id while a swap is mixed, or half failed. */
  reportedDeploymentId: text,
  appSettings: z.record(z.string(), z.string()),
  connectionStrings: z
    .record(z.string(), z.object({ value: z.string(), type: z.string() }))
    .default({}),
  rules: z.array(ruleSchema),
  web: z.record(z.string(), z.unknown()),
  slotSwapStatus: z
    .object({
      timestampUtc: z.string(),
      sourceSlotName: z.string(),
      destinationSlotName: z.string(),
    })
    .nullable(),
  targetSwapSlot: text,
  /** Of the resource: they stay at a swap. */
  tags: z.record(z.string(), z.string()).default({}),
  etag: z.string(),
  modifiedMs: z.number(),
});

const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('succeed') }),
  z.object({
    kind: z.literal('fail'),
    status: z.number(),
    code: z.string(),
    message: z.string(),
  }),
  z.object({ kind: z.literal('half-fail') }),
  z.object({ kind: z.literal('hang') }),
  z.object({ kind: z.literal('mixed'), forMs: z.number() }),
]);

const operationSchema = z.object({
  id: z.string(),
  source: z.string(),
  target: z.string(),
  createdMs: z.number(),
  flipAtMs: z.number(),
  endsAtMs: z.number(),
  flipped: z.boolean(),
  outcome: outcomeSchema,
  status: z.enum(['running', 'succeeded', 'failed']),
  error: z.object({ status: z.number(), body: z.unknown() }).nullable(),
});

const siteSchema = z.object({
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  name: z.string(),
  location: z.string(),
  stickySettings: z.array(z.string()),
  stickyStrings: z.array(z.string()).default([]),
  /** Production first. */
  slots: z.array(slotSchema).min(1),
  /** Newest last; at most one is running. */
  operations: z.array(operationSchema),
});

const fileSchema = z.object({ version: z.literal(1), sites: z.array(siteSchema) });

export type RampUpRule = z.infer<typeof ruleSchema>;
export type VolumeState = z.infer<typeof volumeSchema>;
export type SlotState = z.infer<typeof slotSchema>;
export type SwapOperation = z.infer<typeof operationSchema>;
export type SiteState = z.infer<typeof siteSchema>;

/** All sites, written to the state file at every `changed()`. */
export interface StateStore {
  readonly sites: readonly SiteState[];
  changed(): void;
}

/** A new etag of a site. App Service's look like this one: `"1DBF55582A35890"`. */
export function newEtag(): string {
  return `"${randomBytes(8).toString('hex').toUpperCase().slice(0, 15)}"`;
}

/** A new deployment as Kudu names it: 32 hexadecimal digits. */
export function newDeployment(content: string): VolumeState['deployments'][number] {
  return { id: randomBytes(16).toString('hex'), content, receivedMs: nowMs() };
}

/**
 * Loads the state file, and adds sites that it does not know yet.
 * @throws AppServiceError `state-unreadable` when the file is not ours or not whole.
 */
export function openState(
  definitions: readonly SiteDefinition[],
  stateFile: string | undefined,
): StateStore {
  const sites: SiteState[] = stateFile === undefined ? [] : readState(stateFile);
  for (const definition of definitions) {
    if (!sites.some((site) => sameSite(site, definition))) sites.push(newSite(definition));
  }
  const changed = (): void => {
    if (stateFile !== undefined) writeState(stateFile, sites);
  };
  changed();
  return { sites, changed };
}

/** True when both name the same resource; ARM compares without case. */
export function sameSite(
  a: { subscriptionId: string; resourceGroup: string; name: string },
  b: { subscriptionId: string; resourceGroup: string; name: string },
): boolean {
  const key = (s: typeof a): string => `${s.subscriptionId}/${s.resourceGroup}/${s.name}`;
  return key(a).toLowerCase() === key(b).toLowerCase();
}

/** The slot by name, without case; `production` is the site itself. */
export function findSlot(site: SiteState, name: string): SlotState | undefined {
  return site.slots.find((slot) => slot.name.toLowerCase() === name.toLowerCase());
}

/** The production slot, which every site has. */
export function productionOf(site: SiteState): SlotState {
  const slot = findSlot(site, PRODUCTION);
  if (slot === undefined) {
    throw new AppServiceError('state-unreadable', `site ${site.name} has no production slot`);
  }
  return slot;
}

/** The swap that runs on the site now. */
export function runningOperation(site: SiteState): SwapOperation | undefined {
  return site.operations.find((operation) => operation.status === 'running');
}

function newSite(definition: SiteDefinition): SiteState {
  const { name, hostName, content, appSettings, uniqueHostNames: unique } = definition;
  const host = (slot: string): string =>
    unique === undefined
      ? `${name}${slot}.azurewebsites.net`
      : `${name}${slot}-${unique.hash}.${unique.region}-01.azurewebsites.net`;
  const production: SlotDefinition = {
    name: PRODUCTION,
    hostName: hostName ?? host(''),
    ...(content === undefined ? {} : { content }),
    ...(appSettings === undefined ? {} : { appSettings }),
  };
  return {
    subscriptionId: definition.subscriptionId,
    resourceGroup: definition.resourceGroup,
    name,
    location: definition.location ?? 'West Europe',
    stickySettings: [...(definition.stickySettings ?? [])],
    stickyStrings: [],
    slots: [
      newSlot(production, name, ''),
      ...definition.slots.map((slot) =>
        newSlot(slot, `${name}__${fourDigits(slot.name)}`, host(`-${slot.name}`)),
      ),
    ],
    operations: [],
  };
}

function newSlot(definition: SlotDefinition, deploymentId: string, host: string): SlotState {
  const { content } = definition;
  return {
    name: definition.name,
    hostName: definition.hostName ?? host,
    running: true,
    volume: {
      deploymentId,
      content: content ?? null,
      deployments: content === undefined ? [] : [newDeployment(content)],
    },
    reportedDeploymentId: null,
    appSettings: { ...definition.appSettings },
    connectionStrings: {},
    rules: [],
    web: {},
    slotSwapStatus: null,
    targetSwapSlot: null,
    tags: {},
    etag: newEtag(),
    modifiedMs: nowMs(),
  };
}

/** The volume of a slot is named `{app}__e05d` (azure.md 1.5). */
function fourDigits(slotName: string): string {
  return createHash('sha256').update(slotName).digest('hex').slice(0, 4);
}

function readState(stateFile: string): SiteState[] {
  if (!existsSync(stateFile)) return [];
  try {
    return fileSchema.parse(JSON.parse(readFileSync(stateFile, 'utf8'))).sites;
  } catch (cause) {
    throw new AppServiceError(
      'state-unreadable',
      `${stateFile} is not a whole state file of the App Service stand-in; delete it to start empty`,
      { cause },
    );
  }
}

/** Written beside and renamed, so that a crash leaves the old state or the new one. */
function writeState(stateFile: string, sites: readonly SiteState[]): void {
  mkdirSync(dirname(stateFile), { recursive: true });
  const draft = `${stateFile}.draft`;
  writeFileSync(draft, JSON.stringify({ version: 1, sites }, null, 1));
  renameSync(draft, stateFile);
}
