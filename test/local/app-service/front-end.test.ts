import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppServiceStandIn } from '../../../src/local/app-service/app-service.ts';
import {
  arm,
  eventually,
  PRODUCTION_HOST,
  rule,
  setRules,
  SHOP,
  STAGING_HOST,
  startTiny,
  visit,
} from './fixture.ts';

let standIn: AppServiceStandIn;
let roll = 0;
beforeEach(async () => {
  roll = 0;
  standIn = await startTiny({
    sites: [{ ...SHOP, slots: [...SHOP.slots, { name: 'empty' }] }],
    random: () => roll,
    idleTimeoutMs: 300,
  });
});
afterEach(() => standIn.stop());

const own = 'own=1';
const pin = (name: string): string => `x-ms-routing-name=${name}; Max-Age=7; Path=/`;

describe('the front end', () => {
  it('serves production without rules, and sets no cookie of its own', async () => {
    const answer = await visit(standIn);
    expect(answer.at('version')).toBe('1');
    expect(answer.headers.getSetCookie()).toEqual([own]);
  });

  it('pins by the dice, for an hour divided by the time scale', async () => {
    await setRules(standIn, rule(10));
    roll = 0.05;
    const canary = await visit(standIn);
    expect(canary.at('version')).toBe('2');
    expect(canary.headers.getSetCookie()).toEqual([own, pin('staging')]);
    roll = 0.5;
    const production = await visit(standIn);
    expect(production.at('version')).toBe('1');
    expect(production.headers.getSetCookie()).toEqual([own, pin('self')]);
  });

  it('honours a cookie at 0 %, and no longer once the rule is removed', async () => {
    await setRules(standIn, rule(0));
    const cookie = 'a=b; x-ms-routing-name=staging';
    const pinned = await visit(standIn, { cookie });
    expect(pinned.at('version')).toBe('2');
    expect(pinned.headers.getSetCookie()).toEqual([own]);
    await setRules(standIn);
    expect((await visit(standIn, { cookie })).at('version')).toBe('1');
  });

  it('lets the query choose, and pins to it', async () => {
    await setRules(standIn, rule(0));
    const answer = await visit(standIn, { path: '/?x-ms-routing-name=staging' });
    expect(answer.body).toMatchObject({ version: '2', url: '/?x-ms-routing-name=staging' });
    expect(answer.headers.getSetCookie()).toContain(pin('staging'));
  });

  it('answers 404 for the share of a rule whose host is wrong', async () => {
    await setRules(standIn, rule(10, { actionHostName: 'shop-stagin.azurewebsites.net' }));
    roll = 0.05;
    const answer = await visit(standIn);
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('Web Site not found');
    roll = 0.5;
    expect((await visit(standIn)).status).toBe(200);
  });

  it('shows the app the host that was asked for, whichever slot serves', async () => {
    await setRules(standIn, rule(100));
    const canary = await visit(standIn);
    expect(canary.at('version')).toBe('2');
    expect(canary.at('headers')).toMatchObject({
      host: PRODUCTION_HOST,
      'was-default-hostname': STAGING_HOST,
      'x-forwarded-for': '127.0.0.1',
    });
    expect(canary.at('headers')).not.toHaveProperty('x-forwarded-host');
    const direct = await visit(standIn, { host: STAGING_HOST });
    expect(direct.at('headers.host')).toBe(STAGING_HOST);
    expect(direct.headers.getSetCookie()).toEqual([own]);
  });

  it('finds the site by Host with a port, and gives the first one to 127.0.0.1', async () => {
    const byHost = await new Promise<string>((resolve, reject) => {
      request(standIn.frontEndUrl, { headers: { host: `${STAGING_HOST}:80` } }, (answer) => {
        let text = '';
        answer.on('data', (part) => (text += String(part))).on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
    expect(byHost).toContain('"version":"2"');
    const local = await fetch(standIn.frontEndUrl);
    expect(await local.json()).toMatchObject({ version: '1', headers: { host: PRODUCTION_HOST } });
    expect((await visit(standIn, { host: 'other.example' })).status).toBe(404);
  });

  it('passes method and body on, however long', async () => {
    const body = 'x'.repeat(300_000);
    const answer = await visit(standIn, { method: 'POST', path: '/a?b=c', body });
    expect(answer.body).toMatchObject({ url: '/a?b=c', body });
  });

  it.each(['//', '//?x-ms-routing-name=self', '/%zz?%', '/?x-ms-routing-name='])(
    'survives the path %s',
    async (path) => {
      await setRules(standIn, rule(0));
      const status = await new Promise((resolve, reject) => {
        const { hostname, port } = new URL(standIn.frontEndUrl);
        request({ hostname, port, path }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on('error', reject)
          .end();
      });
      expect(status).toBe(200);
    },
  );

  it('answers 503 without content, 403 when stopped, 504 when the app is silent', async () => {
    expect((await visit(standIn, { host: 'shop-empty.azurewebsites.net' })).status).toBe(503);
    expect((await visit(standIn, { path: '/hang' })).status).toBe(504);
    await arm(standIn, 'POST', '/slots/staging/stop');
    expect((await visit(standIn, { host: STAGING_HOST })).status).toBe(403);
    await arm(standIn, 'POST', '/slots/staging/start');
    expect((await visit(standIn, { host: STAGING_HOST })).at('version')).toBe('2');
  });

  it('answers 503 while a dead app is started again', async () => {
    expect((await visit(standIn, { path: '/crash' })).status).toBe(503);
    await eventually(async () => (await visit(standIn)).status === 200);
    expect((await visit(standIn)).at('version')).toBe('1');
  });
});
