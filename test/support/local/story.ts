/** The words in which stories are told: deploy and start, wait, look at the end. */
import { randomUUID } from 'node:crypto';

import { expect } from 'vitest';

import type { LocalWorld } from './local-world.ts';
import { CANARY_PLAN } from './plans.ts';
import type { Shop } from './shop.ts';
import type { ReleaseSeen } from './slipway-client.ts';
import { eventually, waitUntil, type WaitOptions } from './waiting.ts';

export interface Story {
  readonly shop: Shop;
  /** The release. */
  readonly id: string;
  readonly key: string;
  /** The start message, as it was sent. */
  readonly message: string;
  /** Waits for one of these phases; fails when the release rests in another. */
  readonly until: (...phases: readonly string[]) => Promise<ReleaseSeen>;
  readonly untilTrue: (
    holds: (release: ReleaseSeen) => boolean,
    options?: Omit<WaitOptions, 'slipway'>,
  ) => Promise<ReleaseSeen>;
  /** Waits until a step's weight is read back. */
  readonly atWeight: (weight: number) => Promise<ReleaseSeen>;
}

export interface Opening {
  readonly content: string;
  readonly plan?: unknown;
  /** How the message is written to the queue. Default: raw JSON. */
  readonly encode?: (message: string) => string;
}

/** Deploys a build into the slot and starts its release by a message on the queue, as CI does. */
export async function begin(world: LocalWorld, name: string, opening: Opening): Promise<Story> {
  const { content, plan = CANARY_PLAN, encode = (text: string) => text } = opening;
  const shop = world.shop(name);
  const key = randomUUID();
  const message = shop.message({ version: versionOf(content), key, plan });
  await shop.deploy(content);
  await world.send('releases', encode(message));
  const { id } = await startedBy(world, key);
  const { slipway } = world;
  const untilTrue: Story['untilTrue'] = (holds, options = {}) =>
    waitUntil(id, holds, { slipway, ...options });
  return {
    ...{ shop, id, key, message, untilTrue },
    until: (...phases) => untilTrue(({ phase }) => phases.includes(phase)),
    atWeight: (weight) =>
      untilTrue(
        ({ phase, step }) =>
          phase === 'ramping' && step?.weight === weight && step.confirmedAt !== null,
      ),
  };
}

/** The release that a message with this key led to. */
export function startedBy({ slipway }: LocalWorld, key: string): Promise<ReleaseSeen> {
  return eventually(`a release with key ${key}`, async (): Promise<ReleaseSeen | undefined> => {
    const [newest] = await slipway.releasesByKey(key);
    return newest;
  });
}

/** What was changed in Azure, in short: `rules staging=20`, `rules`, `swap`; writes by hand left out. */
export function changes(shop: Shop): readonly string[] {
  return shop
    .writes()
    .filter(({ byHand }) => !byHand)
    .map((write) => {
      if (write.kind === 'rules') return ['rules', ...write.rules].join(' ');
      return write.kind === 'swap' ? 'swap' : write.what;
    });
}

/** The way a release went, one entry a phase or step, as its audit tells it. */
export async function way(world: LocalWorld, id: string): Promise<readonly string[]> {
  const rows = await world.slipway.audit(id);
  return rows
    .filter(({ action }) => action === 'phase-changed' || action === 'step-changed')
    .map(({ to }) => to);
}

/** Why a release came to where a row of its audit says that it came. */
export async function reasonFor(
  world: LocalWorld,
  id: string,
  to: string,
): Promise<string | undefined> {
  return (await world.slipway.audit(id)).find((row) => row.to === to)?.reason;
}

/** One unbroken chain in which every row begins where the row before it ended. */
export async function expectWholeAudit(world: LocalWorld, id: string): Promise<void> {
  expect(await world.slipway.checkChain(id)).toMatchObject({ ok: true });
  const rows = await world.slipway.audit(id);
  expect(rows.slice(1).map(({ from }) => from)).toEqual(rows.slice(0, -1).map(({ to }) => to));
}

function versionOf(content: string): string {
  return /^shop@([^?]+)/.exec(content)?.[1] ?? content;
}
