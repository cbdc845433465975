/** The use cases with a registry, which is empty, and the app `shop` that could be registered. */
import { createController } from '../../src/controller/create-controller.ts';
import type { Controller } from '../../src/controller/controller.ts';
import type { Caller } from '../../src/release/caller.ts';
import { SlipwayError } from '../../src/release/errors.ts';
import type { Release } from '../../src/release/release.ts';
import type { WrittenApp } from '../../src/release/written-app.ts';
import { entra, readApps, TEAM, writtenApp } from '../support/app-samples.ts';
import { createWorld, NEW, type World } from '../support/world.ts';

export const ADMIN = entra('Slipway.Admin', '55555555-5555-4555-8555-555555555555');
export const ADA = entra('Slipway.Approver', '66666666-6666-4666-8666-666666666666', TEAM);

/** A start that names the app. */
export const byName = { app: 'shop', version: NEW };

export interface AppsWorld {
  readonly world: World;
  readonly slipway: Controller;
  readonly shop: WrittenApp;
  /** By an administrator, without removing what is not named. */
  readonly apply: (...apps: readonly WrittenApp[]) => ReturnType<Controller['applyApps']>;
  /** Each time another start, unless the body has a key. By Ada, unless told otherwise. */
  readonly start: (body: unknown, caller?: Caller) => Promise<Release>;
}

export function createAppsWorld(appsMode: 'open' | 'registered' = 'registered'): AppsWorld {
  const world = createWorld();
  const slipway = createController({ ...world.ports, appsMode });
  let starts = 0;
  return {
    world,
    slipway,
    shop: writtenApp('shop', { target: world.azure.target, slot: world.azure.slot }),
    apply: (...apps) => slipway.applyApps({ apps: readApps(...apps), prune: false, caller: ADMIN }),
    start: async (body, caller = ADA) => {
      starts += 1;
      const started = await slipway.start({ body, fallbackKey: `start ${starts}`, caller });
      return started.release;
    },
  };
}

/** `none` of what succeeds. */
export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'none',
    (error: unknown) => (error instanceof SlipwayError ? error.code : String(error)),
  );
}
