import { afterEach, describe, expect, it, vi } from 'vitest';
import { connectTo, CREDENTIAL, errorOf, startArm, TARGET } from './arm-recorder.ts';
import type { ArmRecorder } from './arm-recorder.ts';
import { createArmClients } from '../../../src/adapters/app-service/arm-clients.ts';

let arm: ArmRecorder;
afterEach(async () => {
  vi.unstubAllEnvs();
  await arm.stop();
});

describe('the connection', () => {
  it.each(['http://10.0.0.1:1', 'https://management.azure.com', 'ftp://127.0.0.1', 'shop', ''])(
    'accepts no local endpoint but this machine: "%s"',
    async (localEndpoint) => {
      arm = await startArm(() => ({ status: 200 }));
      const error = await errorOf(Promise.resolve().then(() => connectTo(arm, { localEndpoint })));
      expect(error.code).toBe('not-loopback');
      expect(error.message).toContain(`"${localEndpoint}"; only http or https on 127.0.0.1`);
    },
  );

  it('reaches this machine past a proxy of the environment, with its token', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:9');
    arm = await startArm(() => ({ status: 200, body: { properties: {} } }));
    expect(await connectTo(arm).router.readRules(TARGET)).toEqual([]);
    expect(arm.requests[0]?.authorization).toBe('Bearer test-token');
  });

  it('keeps one pair of clients per subscription, and 50 pairs at most', async () => {
    arm = await startArm(() => ({ status: 200 }));
    const clientsOf = createArmClients({ credential: CREDENTIAL, timeoutMs: 1 });
    const first = clientsOf('Sub-0');
    const second = clientsOf('sub-1');
    expect(clientsOf('SUB-0')).toBe(first);
    for (let other = 2; other <= 50; other += 1) clientsOf(`sub-${other}`);
    expect(clientsOf('sub-0')).toBe(first);
    expect(clientsOf('sub-1')).not.toBe(second);
  });
});
