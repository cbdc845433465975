import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ChangeLog } from './change-log.ts';
import { ArmAnswerError, armError, preparedForSwap, siteError } from './errors.ts';
import * as resources from './resources.ts';
import { patchConfig, putConfig } from './site-config.ts';
import type { Rights } from './rights.ts';
import { findSlot } from './state.ts';
import type { SiteState, SlotState, StateStore } from './state.ts';
import { nowMs } from './system.ts';
import { PRODUCTION } from './types.ts';
import type { Swaps } from './swap.ts';
import type { Workers } from './workers.ts';

/** ARM's calls about one site or slot, one entry each (azure.md 1.5). */

/** A call whose site and slot are known to exist. */
export interface SiteCall {
  readonly site: SiteState;
  readonly slot: SlotState;
  /** What the path says after the site or slot, lower case; for polls, the operation's id. */
  readonly rest: string;
  readonly apiVersion: string;
  readonly body: unknown;
}

export interface ArmAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Services {
  readonly store: StateStore;
  readonly swaps: Swaps;
  readonly workers: Workers;
  readonly changes: ChangeLog;
  readonly rights: Rights;
}

/** `write` calls answer 409 while a swap runs. */
export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly write: boolean;
  handle(call: SiteCall, services: Services): ArmAnswer | Promise<ArmAnswer>;
}

const swapBody = z.object({ targetSlot: z.string().min(1) });
const tagsBody = z.object({
  operation: z.enum(['Merge', 'Replace', 'Delete']),
  properties: z.object({ tags: z.record(z.string(), z.string()) }),
});
const settingsBody = z.object({ properties: z.record(z.string(), z.string()) });
const stickyBody = z.object({
  properties: z.object({
    appSettingNames: z.array(z.string()).nullish(),
    connectionStringNames: z.array(z.string()).nullish(),
  }),
});
const stringsBody = z.object({
  properties: z.record(z.string(), z.object({ value: z.string(), type: z.string() })),
});

const read = (method: string, path: RegExp, handle: Route['handle']): Route => ({
  method,
  path,
  write: false,
  handle,
});
const write = (method: string, path: RegExp, handle: Route['handle']): Route => ({
  method,
  path,
  write: true,
  handle,
});
const ok = (body?: unknown): ArmAnswer => ({ status: 200, body });

export const ROUTES: readonly Route[] = [
  read('GET', /^$/, (call) => siteAnswer(call)),
  read('GET', /^slots$/, ({ site }) => {
    const slots = site.slots.filter((slot) => slot.name !== PRODUCTION);
    return ok({ value: slots.map((slot) => resources.siteResource(site, slot)), nextLink: null });
  }),
  // No etag here: rules have no optimistic locking (azure.md 1.5).
  read('GET', /^config\/web$/, ({ site, slot }) => ok(resources.configResource(site, slot))),
  write('PATCH', /^config\/web$/, (call, services) => writeConfig(call, services, patchConfig)),
  write('PUT', /^config\/web$/, (call, services) => writeConfig(call, services, putConfig)),
  read('GET', /^config\/slotconfignames$/, ({ site }) =>
    ok(resources.slotConfigNamesResource(site)),
  ),
  write('PUT', /^config\/slotconfignames$/, ({ site, body }, { store }) => {
    const { appSettingNames, connectionStringNames } = parsed(stickyBody, body).properties;
    site.stickySettings = appSettingNames ?? [];
    site.stickyStrings = connectionStringNames ?? [];
    store.changed();
    return ok(resources.slotConfigNamesResource(site));
  }),
  read('POST', /^config\/appsettings\/list$/, ({ site, slot }) =>
    ok(resources.appSettingsResource(site, slot)),
  ),
  write('PUT', /^config\/appsettings$/, writeAppSettings),
  read('POST', /^config\/connectionstrings\/list$/, ({ site, slot }) =>
    ok(resources.connectionStringsResource(site, slot)),
  ),
  write('PUT', /^config\/connectionstrings$/, ({ site, slot, body }, { store }) => {
    slot.connectionStrings = parsed(stringsBody, body).properties;
    store.changed();
    return ok(resources.connectionStringsResource(site, slot));
  }),
  // One page, one entry a role assignment (Permissions - List For Resource, 2022-04-01).
  read('GET', /^providers\/microsoft\.authorization\/permissions$/, (_, { rights }) =>
    ok(resources.permissionsResource(rights.permissions)),
  ),
  // ARM's own provider, not App Service: no operation of the site is in its way.
  read('GET', /^providers\/microsoft\.resources\/tags\/default$/, ({ site, slot }) =>
    ok(resources.tagsResource(site, slot)),
  ),
  read('PATCH', /^providers\/microsoft\.resources\/tags\/default$/, (call, services) =>
    patchTags(call, services),
  ),
  read('GET', /^deployments$/, ({ site, slot }) => ok(resources.deploymentsResource(site, slot))),
  read('POST', /^slotsdiffs$/, (call) =>
    ok(resources.slotDifferences(call.site, call.slot, targetOf(call))),
  ),
  write('POST', /^slotsswap$/, startSwap),
  read('GET', /^operationresults\/[^/]+$/, pollSwap),
  write('POST', /^applyslotconfig$/, applySlotConfig),
  write('POST', /^resetslotconfig$/, resetSlotConfig),
  write('POST', /^restart$/, async ({ site, slot }, { workers }) => {
    await workers.restart(site, slot.volume);
    return ok();
  }),
  write('POST', /^stop$/, (call, services) => setRunning(call, services, false)),
  write('POST', /^start$/, (call, services) => setRunning(call, services, true)),
];

/** The etag of a site changes with a swap, not with a write of its configuration (azure.md 1.5). */
function siteAnswer({ site, slot }: SiteCall): ArmAnswer {
  return {
    status: 200,
    body: resources.siteResource(site, slot),
    headers: { etag: slot.etag },
  };
}

function writeConfig(
  { site, slot, body }: SiteCall,
  { store }: Services,
  apply: (slot: SlotState, body: unknown) => void,
): ArmAnswer {
  apply(slot, body);
  store.changed();
  return {
    status: 200,
    body: resources.writtenConfigResource(site, slot),
    headers: { etag: slot.etag },
  };
}

/** Replaces all settings. The process starts again, as on App Service. */
async function writeAppSettings(
  { site, slot, body }: SiteCall,
  { store, workers }: Services,
): Promise<ArmAnswer> {
  slot.appSettings = parsed(settingsBody, body).properties;
  store.changed();
  await workers.ensure(site, slot.volume);
  return ok(resources.appSettingsResource(site, slot));
}

/** @throws ArmAnswerError 400 beyond ARM's limits: 50 tags, names of 512 characters, values of 256. */
function patchTags({ site, slot, body }: SiteCall, { store }: Services): ArmAnswer {
  const { operation, properties } = parsed(tagsBody, body);
  const tags = new Map(operation === 'Replace' ? [] : Object.entries(slot.tags));
  for (const [name, value] of Object.entries(properties.tags)) {
    // Names are told apart without case.
    const same = [...tags.keys()].find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
    if (operation === 'Delete') tags.delete(same);
    else tags.set(same, value);
  }
  requireTagLimits(tags);
  slot.tags = Object.fromEntries(tags);
  store.changed();
  return ok(resources.tagsResource(site, slot));
}

function requireTagLimits(tags: ReadonlyMap<string, string>): void {
  const tooLong = [...tags].find(([name, value]) => name.length > 512 || value.length > 256);
  if (tooLong === undefined && tags.size <= 50) return;
  throw armError(400, 'InvalidRequestContent', {
    message:
      'A resource has at most 50 tags; a name has at most 512 characters and a value at most 256.',
  });
}

function startSwap(call: SiteCall, { swaps }: Services): ArmAnswer {
  const operation = swaps.begin(call.site, call.slot, targetOf(call));
  return pending(call, operation.id, { etag: call.slot.etag });
}

/** 202 and a new Location as long as it runs; then the site of the path, or the error. */
function pollSwap(call: SiteCall): ArmAnswer {
  const id = call.rest.split('/')[1] ?? '';
  const operation = call.site.operations.find((candidate) => candidate.id === id);
  if (operation === undefined) {
    throw armError(404, 'ResourceNotFound', { message: `The operation '${id}' was not found.` });
  }
  if (operation.status === 'running') return pending(call, id, {});
  if (operation.error === null) return siteAnswer(call);
  throw new ArmAnswerError({ ...operation.error, message: `swap ${id} failed` });
}

/**
 * As recorded: an empty body, no Retry-After, no Azure-AsyncOperation, and a signed Location of
 * about 4 KB on Azure's own host that differs every time (azure.md 1.6).
 */
function pending(call: SiteCall, id: string, headers: Record<string, string>): ArmAnswer {
  const signature = new URLSearchParams({
    'api-version': call.apiVersion,
    t: String(nowMs() * 10_000 + 621_355_968_000_000_000),
    c: randomBytes(2600).toString('base64url'),
    s: randomBytes(256).toString('base64url'),
    h: randomBytes(32).toString('base64url'),
  });
  const path = `${resources.resourceId(call.site, call.slot)}/operationresults/${id}`;
  const location = `https://management.azure.com${path}?${signature.toString()}`;
  return { status: 202, headers: { ...headers, location } };
}

/**
 * First phase of a swap with preview. On Azure a plain swap of the same pair would complete it;
 * here every swap is refused until it is reset, the state that people get stuck in.
 */
function applySlotConfig(call: SiteCall, { store }: Services): ArmAnswer {
  const target = targetOf(call);
  if (call.slot.targetSwapSlot !== null || target.targetSwapSlot !== null) throw preparedForSwap();
  call.slot.targetSwapSlot = target.name;
  target.targetSwapSlot = call.slot.name;
  store.changed();
  return ok();
}

function resetSlotConfig({ site, slot }: SiteCall, { store }: Services): ArmAnswer {
  const other = slot.targetSwapSlot === null ? undefined : findSlot(site, slot.targetSwapSlot);
  slot.targetSwapSlot = null;
  if (other !== undefined) other.targetSwapSlot = null;
  store.changed();
  return ok();
}

async function setRunning(
  { site, slot }: SiteCall,
  { store, workers }: Services,
  running: boolean,
): Promise<ArmAnswer> {
  slot.running = running;
  store.changed();
  await workers.ensure(site, slot.volume);
  return ok();
}

function targetOf({ site, slot, body }: SiteCall): SlotState {
  const { targetSlot } = parsed(swapBody, body);
  const target = findSlot(site, targetSlot);
  if (target === undefined) {
    throw siteError({
      status: 404,
      code: 'NotFound',
      message: `Cannot find slot with name '${targetSlot}' for site '${site.name}'.`,
      extendedCode: '51004',
    });
  }
  if (target === slot) {
    throw siteError({
      status: 400,
      code: 'BadRequest',
      message: `Source and target slots cannot be the same: '${targetSlot}'.`,
    });
  }
  return target;
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw armError(400, 'InvalidRequestContent', {
    message: `The request content was invalid and could not be deserialized: '${z.prettifyError(result.error)}'.`,
  });
}
