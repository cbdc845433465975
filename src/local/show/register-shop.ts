/** The sample shop in Slipway's registry, so that `--app shop` means something. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { parse } from 'yaml';

import type { DataFolder } from '../local-azure/data-folder.ts';
import { SLOT, TARGET } from '../local-azure/sample-shop.ts';
import type { Stage } from './stage.ts';
import { SHOW_PLAN } from './start-message.ts';

const LIMIT_MS = 15_000;

export function appsFileIn(folder: DataFolder): string {
  return path.join(folder.path, 'apps.yaml');
}

/** A registry that can be applied; JSON is YAML too. */
export function sampleApps(): string {
  return [
    'apps:',
    `  - name: ${TARGET.site}`,
    `    target: ${JSON.stringify(TARGET)}`,
    `    slot: ${SLOT}`,
    '    # seconds where a real plan has minutes',
    `    defaultPlan: ${JSON.stringify(SHOW_PLAN)}`,
    '',
  ].join('\n');
}

/**
 * Writes `apps.yaml`, unless a person has one there already, and applies it.
 * @returns why it could not be applied; undefined: it is. The show's own releases need no registry.
 */
export async function registerShop(
  { url, masterKey }: Pick<Stage, 'url' | 'masterKey'>,
  folder: DataFolder,
): Promise<string | undefined> {
  const file = appsFileIn(folder);
  await keepOrWrite(file, sampleApps());
  try {
    const answer = await fetch(`${url}/api/apps`, {
      method: 'PUT',
      headers: { 'x-functions-key': masterKey, 'content-type': 'application/json' },
      body: JSON.stringify(parse(await readFile(file, 'utf8'))),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return answer.ok ? undefined : `${answer.status} ${(await answer.text()).slice(0, 500)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a person changed stays as it is. */
async function keepOrWrite(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
