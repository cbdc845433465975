// The door of queue `probes`: one message, one window.
import './quiet.ts';

import { describe, expect, it } from 'vitest';

import type { Controller } from '../../src/app.ts';
import { StoreUnavailableError } from '../../src/controller/ports/store-errors.ts';
import { probesQueue } from '../../src/functions/probes-queue.ts';
import { queueHandler } from '../../src/functions/shared/queue-handler.ts';
import { deliver } from './calls.ts';
import { fakeController, RELEASE } from './fake-controller.ts';

const ASKED = { release: RELEASE.id, from: 1_795_348_800_000 };
const TEXT = JSON.stringify(ASKED);

function send(slipway: Controller, text: string, dequeueCount = 1): Promise<readonly string[]> {
  const handler = queueHandler(probesQueue, async () => slipway);
  return deliver(handler, text, { id: 'message-1', dequeueCount });
}

describe('queue probes', () => {
  it.each([TEXT, Buffer.from(TEXT).toString('base64')])('%s sends that window', async (text) => {
    const slipway = fakeController();
    await send(slipway, text);
    expect(slipway.asked).toEqual([
      { method: 'probeWindow', input: { releaseId: RELEASE.id, fromMs: ASKED.from } },
    ]);
  });

  it.each(['', 'x', '{}', '[]', 'null', JSON.stringify({ release: RELEASE.id }), '{"from":1}'])(
    'records %j, which is no window',
    async (text) => {
      const slipway = fakeController();
      await send(slipway, text);
      expect(slipway.asked).toMatchObject([
        {
          method: 'recordPoison',
          input: { queue: 'probes', message: text, code: 'invalid-input' },
        },
      ]);
    },
  );

  it('throws while storage is away, so that the host delivers it again', async () => {
    const slipway = fakeController({
      probeWindow: async () => {
        throw new StoreUnavailableError('away');
      },
    });
    await expect(send(slipway, TEXT, 500)).rejects.toThrow('away');
    expect(slipway.inputsOf('recordPoison')).toEqual([]);
  });

  it('records one that fails for another reason at the fifth delivery', async () => {
    const slipway = fakeController({
      probeWindow: async () => {
        throw new TypeError('our mistake');
      },
    });
    await expect(send(slipway, TEXT, 4)).rejects.toThrow('our mistake');
    await send(slipway, TEXT, 5);
    expect(slipway.inputsOf('recordPoison')).toMatchObject([
      { queue: 'probes', code: 'given-up', message: TEXT },
    ]);
  });
});
