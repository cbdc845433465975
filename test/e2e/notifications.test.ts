// Four receivers of four kinds, and one that nobody is behind, told by the real function app.
import { HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts';
import { startLocalWorld, type LocalWorld } from '../support/local/local-world.ts';
import { begin } from '../support/local/story.ts';
import { eventually } from '../support/local/waiting.ts';
import { SECRET } from '../support/notice-samples.ts';

let world: LocalWorld;
let lines = '';
const kinds = ['slack', 'teams', 'webhook', 'cloudevents'] as const;
const receivers = new Map<(typeof kinds)[number], HttpReceiver>();
const of = (kind: (typeof kinds)[number]): HttpReceiver => {
  const receiver = receivers.get(kind);
  if (receiver === undefined) throw new TypeError(kind);
  return receiver;
};

const UNTOLD = z.object({
  release: z.object({ untold: z.object({ receiver: z.string(), problem: z.string() }) }),
});

async function ask(path: string, method = 'GET'): Promise<unknown> {
  const headers = { 'x-functions-key': world.host.keys.master };
  const answer = await fetch(`${world.host.url}/api/${path}`, { method, headers });
  expect(answer.status).toBe(200);
  return answer.json();
}

beforeAll(async () => {
  for (const kind of kinds) receivers.set(kind, await startHttpReceiver());
  const nobody = await startHttpReceiver();
  await nobody.stop();
  const setting = [
    ...kinds.map((kind) => ({
      ...{ name: `to-${kind}`, kind, url: of(kind).url },
      ...(kind === 'webhook' ? { secret: SECRET } : {}),
      ...(kind === 'teams' ? { severity: 'warning' } : {}),
    })),
    { name: 'to-nobody', kind: 'slack', url: nobody.url },
  ];
  world = await startLocalWorld({
    shops: ['shop-told'],
    settings: {
      SLIPWAY_NOTIFY: JSON.stringify(setting),
      SLIPWAY_PUBLIC_URL: 'https://slipway.contoso.com',
    },
    listen: (line) => (lines += `${line}\n`),
  });
});

afterAll(async () => {
  await world.stop();
  await Promise.all([...receivers.values()].map((receiver) => receiver.stop()));
});

describe('notifications', { timeout: 180_000 }, () => {
  it('are tried by one request, and say who did not take it', async () => {
    const answer = await ask('notifications/test', 'POST');
    const took = kinds.map((kind) => ({ name: `to-${kind}`, kind, ok: true, problem: null }));
    const problem = 'receiver to-nobody (slack) gave no answer (ECONNREFUSED)';
    expect(answer).toEqual({
      receivers: [...took, { name: 'to-nobody', kind: 'slack', ok: false, problem }],
    });
    for (const kind of kinds) expect(of(kind).got.splice(0)).toHaveLength(1);
  });

  it('tell each receiver of a release what it asked for, whatever becomes of the others', async () => {
    const story = await begin(world, 'shop-told', { content: 'shop@2.0.0' });
    await story.atWeight(20);
    await world.slipway.command(story.id, 'abort');
    await story.until('aborted');
    const ended = ({ body }: HttpReceiver['got'][number]): boolean => body.includes('→ aborted');
    for (const kind of kinds) {
      await eventually(`${kind} hears of the end`, () => of(kind).got.some(ended));
    }
    const events = of('cloudevents').got.map((got) => HTTP.toEvent(got));
    const ids = new Set(events.flat().map(({ id }) => id));
    const webhooks = of('webhook').got.map(({ body, headers }) =>
      z
        .object({ data: z.object({ id: z.string() }) })
        .parse(new Webhook(SECRET).verify(body, headers as Record<string, string>)),
    );
    expect(new Set(webhooks.map(({ data }) => data.id))).toEqual(ids);
    expect(ids).toContain(`${story.id}.1`);
    expect(of('slack').got.length).toBeGreaterThanOrEqual(ids.size);
    const cards = of('teams').got.map(({ body }) => body);
    expect(cards.every((card) => card.includes('WARNING: '))).toBe(true);
    expect(cards.at(-1)).toContain(
      `https://slipway.contoso.com/api/dashboard#/releases/${story.id}`,
    );
    const { release } = UNTOLD.parse(await ask(`releases/${story.id}`));
    expect(release.untold.receiver).toBe('to-nobody');
    expect(await ask('health')).toMatchObject({ ok: true });
  });

  it('never show an address', async () => {
    const shown = JSON.stringify(await ask('health')) + lines;
    expect(shown).toContain('to-nobody');
    expect(shown).not.toContain('secret-part');
  });
});
