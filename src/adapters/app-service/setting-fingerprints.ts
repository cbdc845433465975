import { createHmac, randomBytes } from 'node:crypto';
import type { ComparedSettings, SettingDifference, WarmUp } from '../../release/doctor-facts.ts';

/** Settings with their values. They must not leave this folder. */
export interface ReadSettings {
  readonly appSettings: Compared;
  readonly connectionStrings: Compared;
}

interface Compared {
  readonly production: ReadonlyMap<string, string>;
  readonly slot: ReadonlyMap<string, string>;
  /** Names; App Service compares them without case. */
  readonly sticky: readonly string[];
}

const FINGERPRINT_DIGITS = 8;

/**
 * Names, and whether values differ. A plain hash of a weak secret could be guessed, so the key of the
 * fingerprints is drawn for one report and forgotten with it.
 */
export function compareSettings({
  appSettings,
  connectionStrings,
}: ReadSettings): ComparedSettings {
  const key = randomBytes(32);
  const print = (name: string, value: string): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([name, value]))
      .digest('hex')
      .slice(0, FINGERPRINT_DIGITS);
  const differing = (compared: Compared): readonly SettingDifference[] =>
    namesOf(compared).flatMap((name) => differenceOf(compared, name, print) ?? []);
  const both = [appSettings, connectionStrings];
  const lists = both.map(differing);
  const all = both.reduce((sum, compared) => sum + namesOf(compared).length, 0);
  return {
    appSettings: lists[0] ?? [],
    connectionStrings: lists[1] ?? [],
    same: all - lists.reduce((sum, list) => sum + list.length, 0),
    warmUp: warmUpOf(appSettings),
  };
}

function namesOf({ production, slot }: Compared): readonly string[] {
  const names = new Map([...slot.keys(), ...production.keys()].map((name) => [lower(name), name]));
  return [...names.values()].toSorted();
}

function differenceOf(
  compared: Compared,
  name: string,
  print: (name: string, value: string) => string,
): SettingDifference | undefined {
  const production = valueOf(compared.production, name);
  const slot = valueOf(compared.slot, name);
  if (production === slot) return undefined;
  const printed = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : print(lower(name), value);
  const sticky = isSticky(compared, name);
  return { name, sticky, production: printed(production), slot: printed(slot) };
}

/** At a swap the slot gets production's sticky settings and keeps its others (azure.md 1.4). */
function warmUpOf(settings: Compared): WarmUp {
  const then = (name: string): string | undefined =>
    valueOf(isSticky(settings, name) ? settings.production : settings.slot, name);
  const path = then('WEBSITE_SWAP_WARMUP_PING_PATH') ?? then('WEBSITE_WARMUP_PATH');
  return { path: path?.split('?')[0], statuses: then('WEBSITE_SWAP_WARMUP_PING_STATUSES') };
}

function valueOf(settings: ReadonlyMap<string, string>, name: string): string | undefined {
  const exact = settings.get(name);
  if (exact !== undefined) return exact;
  return [...settings].find(([key]) => lower(key) === lower(name))?.[1];
}

function isSticky({ sticky }: Compared, name: string): boolean {
  return sticky.some((one) => lower(one) === lower(name));
}

function lower(text: string): string {
  return text.toLowerCase();
}
