import { describe, expect, it } from 'vitest';
import { behaviourEnv, fails, readBehaviour } from '../../../src/local/shop/behaviour.ts';
import { shopContent } from '../../../src/local/shop/shop-content.ts';

const shopOf = (query: string) => readBehaviour(behaviourEnv(new URLSearchParams(query)));
const moment = { path: '/api/checkout', ageMs: 0, requests: 1, roll: 0.3 };

describe('which requests of the shop fail', () => {
  it.each([
    ['good', '', {}, false],
    ['good, below the baseline rate', 'baselineFailures=0.002', { roll: 0.0019 }, true],
    ['good, at the baseline rate', 'baselineFailures=0.002', { roll: 0.002 }, false],
    ['the front page never', 'behaviour=failing&baselineFailures=1', { path: '/', roll: 0 }, false],
    ['failing checkout', 'behaviour=failing', {}, true],
    ['failing checkout, a lucky shopper', 'behaviour=failing', { roll: 0.6 }, false],
    ['failing, but not the cart', 'behaviour=failing', { path: '/api/cart' }, false],
    ['its own share', 'behaviour=failing&checkoutFailures=0.2', {}, false],
    ['slow', 'behaviour=slow', { roll: 0 }, false],
    ['silent', 'behaviour=silent', { roll: 0 }, false],
    ['late, early', 'behaviour=failing-late&afterSeconds=5', { ageMs: 4999 }, false],
    ['late, by time', 'behaviour=failing-late&afterSeconds=5', { ageMs: 5000 }, true],
    ['late, not yet by requests', 'behaviour=failing-late&afterRequests=9', { requests: 9 }, false],
    ['late, by requests', 'behaviour=failing-late&afterRequests=9', { requests: 10 }, true],
  ])('%s', (_name, query, over, expected) => {
    expect(fails(shopOf(query), { ...moment, ...over })).toBe(expected);
  });
});

describe('the content of a slot', () => {
  const content = (text: string) => shopContent(text, { connectionString: 'c' });

  it('carries version, behaviour and connection string in its environment', () => {
    const { env } = content('shop@3.0.0-rc.1?behaviour=failing-late&afterSeconds=7.5');
    expect(env).toMatchObject({
      SHOP_VERSION: '3.0.0-rc.1',
      APPLICATIONINSIGHTS_CONNECTION_STRING: 'c',
    });
    expect(readBehaviour(env)).toMatchObject({ behaviour: 'failing-late', afterSeconds: 7.5 });
  });

  it.each([
    ['shopping@1', /no content of the sample shop/],
    ['shop@', /no content of the sample shop/],
    ['shop@1.0.0 or so', /no content of the sample shop/],
    [
      'shop@1?behaviour=bad&slowMs=-1&x=y',
      /behaviour=bad and slowMs=-1 and x=y; it knows behaviour/,
    ],
  ])('%s is refused', (text, message) => {
    expect(() => content(text)).toThrow(message);
  });
});
