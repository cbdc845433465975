/** What pages and pipelines read of a release; that each answer is as docs/openapi.json says the client checks. */
import { expect } from 'vitest';
import { z } from 'zod';

import { GATES } from '../../../src/release/gate.ts';
import type { LocalWorld } from './local-world.ts';

const evidence = z.object({
  harmThreshold: z.number(),
  points: z.array(
    z.object({
      watch: z.boolean(),
      harm: z.number(),
      canary: z.object({ requests: z.number() }),
      baseline: z.object({ requests: z.number() }),
    }),
  ),
});

/** Of a release that succeeded with every step certified. */
export async function expectReads(
  { slipway }: LocalWorld,
  { id, key }: { readonly id: string; readonly key: string },
): Promise<void> {
  const answer = await slipway.send(`releases/${id}/evidence`);
  expect(answer.status).toBe(200);
  const { points, harmThreshold } = evidence.parse(answer.body);
  for (const side of ['canary', 'baseline'] as const) {
    expect(points.reduce((sum, point) => sum + point[side].requests, 0)).toBeGreaterThan(0);
  }
  expect(new Set(points.map(({ watch }) => watch))).toEqual(new Set([false, true]));
  expect(Math.max(...points.map(({ harm }) => harm))).toBeLessThan(harmThreshold);

  for (const kind of GATES) {
    for (const of of [`gates/${id}?`, `gates?key=${encodeURIComponent(key)}&`]) {
      const gate = await slipway.send(`${of}for=${kind}`);
      expect(gate).toMatchObject({ status: 200, body: { status: 'successful', release: { id } } });
    }
  }
  for (const path of ['me', 'schemas/plan', 'openapi.json']) {
    expect((await slipway.send(path)).status).toBe(200);
  }
}
