/** An identity that may look and may not change: nobody has to find that out in the middle of a release. */
import { describe, expect, it } from 'vitest';

import { createController } from '../../src/controller/create-controller.ts';
import type { InspectionPorts } from '../../src/controller/ports/inspection.ts';
import type { Permission } from '../../src/release/doctor-facts.ts';
import { CI } from '../support/callers.ts';
import { type World, NEW, createWorld } from '../support/world.ts';

const never = (): Promise<never> => Promise.reject(new Error('not asked'));

async function phaseWith(readRights: InspectionPorts['inspector']['readRights']) {
  const world: World = createWorld();
  const inspector = {
    ...{ readConfiguration: never, compareSettings: never, readRights },
    who: async () => undefined,
  };
  const inspection = { inspector, gauge: { gauge: async () => [] } };
  const controller = createController({ ...world.ports, inspection });
  const { target, slot } = world.azure;
  const body = { target, slot, version: NEW, plan: 'fast' };
  const { release } = await controller.start({ body, fallbackKey: 'k', caller: CI });
  for (let turn = 0; turn < 10; turn += 1) {
    world.idle(30_000);
    await controller.tick(release.id);
  }
  return (await controller.getRelease(release.id)).release;
}

describe('preflight and rights', () => {
  it('rejects an identity that Azure would refuse', async () => {
    const reader = [{ actions: ['*/read'], notActions: [] }];
    const release = await phaseWith(async () => ({ site: reader, slot: reader }));
    expect(release.stage.phase).toBe('rejected');
    expect(release.message).toContain('Microsoft.Web/sites/config/write');
  });

  it('goes on where the rights are there, or cannot be seen', async () => {
    const all = [{ actions: ['Microsoft.Web/sites/*'], notActions: [] }];
    expect((await phaseWith(async () => ({ site: all, slot: all }))).stage.phase).toBe('ramping');
    expect((await phaseWith(never)).stage.phase).toBe('ramping');
  });

  const role = (...actions: readonly string[]): readonly Permission[] => [
    { actions, notActions: [] },
  ];
  const both = (permissions: readonly Permission[]) => async () => ({
    site: permissions,
    slot: permissions,
  });
  const WRITES = [
    'Microsoft.Web/sites/config/write',
    'Microsoft.Web/sites/slots/slotsswap/action',
  ] as const;

  it('asks for no more than a release cannot do without: the reads prove themselves', async () => {
    // As written by hand before there was a template: nothing of operations, which are never asked for.
    const least = role('microsoft.web/sites/READ', 'Microsoft.Web/sites/slots/read', ...WRITES);
    expect((await phaseWith(both(least))).stage.phase).toBe('ramping');
  });

  it('rejects for each of the writes', async () => {
    for (const missing of WRITES) {
      const all = [{ actions: ['*'], notActions: [missing.toUpperCase()] }];
      const release = await phaseWith(both(all));
      expect(release.stage.phase).toBe('rejected');
      expect(release.message).toContain(`not have ${missing}:`);
    }
  });

  it('does not believe an answer that denies what was just read', async () => {
    // Delegated or just activated rights, say, that the list does not have.
    expect((await phaseWith(both([]))).stage.phase).toBe('ramping');
    expect((await phaseWith(both(role('Microsoft.Insights/*')))).stage.phase).toBe('ramping');
  });

  it('counts what the site has for its slots too', async () => {
    const rights = async () => ({ site: role('*'), slot: [] });
    expect((await phaseWith(rights)).stage.phase).toBe('ramping');
  });
});
