import { afterEach, describe, expect, it } from 'vitest';
import { connectTo, errorOf, startArm, TARGET } from './arm-recorder.ts';
import type { ArmRecorder } from './arm-recorder.ts';

const SLOT = 'staging';

let arm: ArmRecorder;
afterEach(async () => {
  await arm.stop();
});

describe('the content of a slot', () => {
  const deployment = (id: string, started: string | null, slot = '') => ({
    name: `myapp${slot}/${id}`,
    properties: { status: 4, start_time: started },
  });

  it('is the deployment that began last, whatever the order of the list', async () => {
    const value = [
      deployment('old', '2026-01-01T00:00:00Z'),
      deployment('new', '2026-02-01T00:00:00.5Z'),
      deployment('older', '2025-01-01T00:00:00Z'),
    ];
    arm = await startArm(({ url }) => ({
      status: 200,
      body: url.includes('/deployments')
        ? { value }
        : { properties: { linuxFxVersion: 'NODE|24' } },
    }));
    const content = await connectTo(arm).reader.readContent(TARGET, SLOT);
    expect(content).toEqual({ production: 'new', slot: 'new' });
    expect(arm.calls().toSorted()).toEqual([
      'GET /config/web',
      'GET /deployments',
      'GET /slots/staging/config/web',
      'GET /slots/staging/deployments',
    ]);
  });

  it('is the image of a container, which is not asked for deployments', async () => {
    arm = await startArm(({ url }) => ({
      status: 200,
      body: {
        properties: {
          linuxFxVersion: `DOCKER|registry.example/shop:${url.includes('/slots/') ? '2' : '1'}`,
        },
      },
    }));
    expect(await connectTo(arm).reader.readContent(TARGET, SLOT)).toEqual({
      production: 'registry.example/shop:1',
      slot: 'registry.example/shop:2',
    });
    expect(arm.requests).toHaveLength(2);
  });

  it('that nobody could tell is refused, with what to do', async () => {
    arm = await startArm(({ url }) => ({
      status: 200,
      body: url.includes('/deployments') ? { value: [] } : { properties: {} },
    }));
    const error = await errorOf(connectTo(arm).reader.readContent(TARGET, SLOT));
    expect(error).toMatchObject({ failure: 'refused', code: 'content-unknown' });
    expect(error.message).toContain('deploy to it by ZIP deploy');
  });

  it('is looked for on three pages at most', async () => {
    arm = await startArm(({ url }) => ({
      status: 200,
      body: url.includes('/config/web')
        ? { properties: {} }
        : {
            value: [deployment(`d${arm.requests.length}`, '2026-01-01T00:00:00Z')],
            nextLink: `https://management.azure.com${url}&more=1`,
          },
    }));
    await connectTo(arm).reader.readContent(TARGET, SLOT);
    expect(arm.calls().filter((call) => call === 'GET /deployments')).toHaveLength(3);
  });

  it('cannot be told of a site without deploymentId, by readSite', async () => {
    const body = { properties: { state: 'Running', defaultHostName: 'h.example' } };
    arm = await startArm(() => ({ status: 200, body }));
    const error = await errorOf(connectTo(arm).reader.readSite(TARGET, SLOT));
    expect(error).toMatchObject({ failure: 'refused', code: 'volume-unknown' });
  });
});
