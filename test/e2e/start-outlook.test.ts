/** What a start over HTTP is told of the app's own traffic, by telemetry that the shop's SDK wrote. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { releaseOf } from '../support/local/slipway-client.ts';
import { eventually } from '../support/local/waiting.ts';

let world: LocalWorld;

beforeAll(async () => {
  world = await startLocalWorld({ shops: ['shop'] });
});

afterAll(async () => {
  await world.stop();
});

function requestsSeen(): number {
  return world.logs.rows('AppRequests').filter(({ AppVersion }) => AppVersion === '1.0.0').length;
}

describe('a start over HTTP', () => {
  it('says which steps this traffic can never certify', async () => {
    const shop = world.shop('shop');
    await shop.deploy('shop@2.0.0');
    await eventually('requests of the shop in telemetry', () => requestsSeen() > 200);
    const body = shop.message({ version: '2.0.0', key: randomUUID(), plan: 'careful' });
    const answer = await world.slipway.send('releases', { method: 'POST', body });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      created: true,
      outlook: {
        steps: [1, 5, 10, 25, 50].map((weight) => ({ weight, maxBakeMinutes: 45 })),
        message: expect.stringMatching(
          /^At the app's present [\d,.]+ requests a minute, .* can be certified within maxBake, even with a version that never fails; it would pause for a person after 45 min/,
        ) as unknown,
      },
      outlookProblem: null,
    });
    // The same start again asks nobody, and changes nothing.
    const again = await world.slipway.send('releases', { method: 'POST', body });
    expect(again).toMatchObject({ status: 200, body: { created: false } });
    expect(releaseOf(again).id).toBe(releaseOf(answer).id);
  });
});
