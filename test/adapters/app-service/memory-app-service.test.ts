import { beforeEach, describe, expect, it } from 'vitest';
import { AzureCallError } from '../../../src/controller/ports/azure-errors.ts';
import { createMemoryAppService } from '../../support/memory-app-service.ts';
import type { MemoryAppService } from '../../support/memory-app-service.ts';
import { errorOf } from './arm-recorder.ts';

const SWAP_MS = 60_000;
const RULE = {
  name: 'staging',
  host: 'shop-staging.azurewebsites.net',
  weight: 5,
  autoRamp: false,
};

let nowMs: number;
let app: MemoryAppService;
beforeEach(() => {
  nowMs = Date.UTC(2026, 0, 1);
  app = createMemoryAppService({ now: () => nowMs, swapDurationMs: SWAP_MS });
});

const submit = async (): Promise<string> =>
  (await app.swapper.submitSwap(app.target, app.slot)).poller;
const poll = async (poller: string): Promise<string> => (await app.swapper.pollSwap(poller)).kind;
const volumes = async () => (await app.reader.readSite(app.target, app.slot)).volumes;

describe('the twin of App Service', () => {
  it('moves the volumes a little before the operation ends, and writes are busy until then', async () => {
    const poller = await submit();
    nowMs += 56_000;
    expect(await volumes()).toEqual({
      production: 'shop__e05d',
      slot: 'shop',
      swappedAt: '2026-01-01T00:00:55.200Z',
    });
    expect(await poll(poller)).toBe('running');
    expect((await errorOf(app.router.writeRules(app.target, []))).failure).toBe('busy');
    nowMs += 4_000;
    expect(await poll(poller)).toBe('succeeded');
  });

  it('shows both sites with the same volume while a swap is mixed', async () => {
    app.nextSwap({ kind: 'mixed', forMs: 30_000 });
    const poller = await submit();
    nowMs += SWAP_MS;
    expect(await volumes()).toMatchObject({ production: 'shop__e05d', slot: 'shop__e05d' });
    expect(await poll(poller)).toBe('running');
    nowMs += 30_000;
    expect(await volumes()).toMatchObject({ production: 'shop__e05d', slot: 'shop' });
    expect(await poll(poller)).toBe('succeeded');
  });

  it('ends a half failed swap by an answer that says nothing, mixed for good', async () => {
    app.nextSwap({ kind: 'half-fail' });
    const poller = await submit();
    nowMs += SWAP_MS;
    expect(await errorOf(app.swapper.pollSwap(poller))).toMatchObject({ failure: 'unknown' });
    expect(await volumes()).toMatchObject({ production: 'shop__e05d', slot: 'shop__e05d' });
    app.swapByHand();
    expect(await volumes()).toMatchObject({ production: 'shop__e05d', slot: 'shop' });
  });

  it('hangs a swap until it is told otherwise', async () => {
    app.nextSwap({ kind: 'hang' });
    const poller = await submit();
    nowMs += 100 * SWAP_MS;
    expect(await poll(poller)).toBe('running');
    app.nextSwap({ kind: 'succeed' });
    expect(await poll(poller)).toBe('succeeded');
  });

  it('moves content with its volume, by hand too, and leaves the rules', async () => {
    app.deploy('slot', 'shop@3');
    app.editRules([RULE]);
    app.swapByHand();
    expect(await app.reader.readContent(app.target, app.slot)).toEqual({
      production: 'shop@3',
      slot: 'content-1',
    });
    expect(await app.router.readRules(app.target)).toEqual([RULE]);
    expect((await volumes()).swappedAt).toBe('2026-01-01T00:00:00.000Z');
  });

  it('keeps a log of calls with their time, what was written, and how it ended', async () => {
    const throttled = new AzureCallError('too many', { code: 'Throttled', failure: 'busy' });
    app.failNext({ call: 'writeRules', how: throttled });
    app.failNext({ call: 'writeRules', how: 'before' });
    app.failNext({ call: 'writeRules', how: 'after' });
    const write = () => app.router.writeRules(app.target, [RULE]);
    expect(await errorOf(write())).toBe(throttled);
    await errorOf(write());
    expect(await app.router.readRules(app.target)).toEqual([]);
    nowMs += 1_000;
    await errorOf(write());
    expect(await app.router.readRules(app.target)).toEqual([RULE]);
    const entry = { call: 'writeRules', rules: [RULE] };
    expect(app.writes()).toEqual([
      { ...entry, atMs: nowMs - 1_000, outcome: 'Throttled' },
      { ...entry, atMs: nowMs - 1_000, outcome: 'ECONNRESET' },
      { ...entry, atMs: nowMs, outcome: 'lost' },
    ]);
    expect(app.log).toHaveLength(5);
  });

  it('knows its own app only, without case', async () => {
    const target = { ...app.target, site: 'SHOP' };
    expect(await app.router.readRules(target)).toEqual([]);
    const error = await errorOf(app.router.readRules({ ...target, site: 'other' }));
    expect(error).toMatchObject({ failure: 'refused', code: 'ResourceNotFound' });
  });
});
