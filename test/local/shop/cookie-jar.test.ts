import { describe, expect, it } from 'vitest';
import { createCookieJar } from '../../../src/local/shop/cookie-jar.ts';

describe('the cookie jar', () => {
  it('keeps a cookie for its Max-Age, and others for good', () => {
    let nowMs = 0;
    const jar = createCookieJar(() => nowMs);
    expect(jar.header()).toBeUndefined();
    jar.keep(['a=1; Path=/', 'x-ms-routing-name=self; Max-Age=2; Path=/']);
    nowMs = 1999;
    expect(jar.header()).toBe('a=1; x-ms-routing-name=self');
    nowMs = 2000;
    expect(jar.header()).toBe('a=1');
  });

  it('replaces a cookie by its name, and drops it at Max-Age 0', () => {
    const jar = createCookieJar(() => 0);
    jar.keep(['a=1', 'b=2', 'a=3', 'nonsense']);
    expect(jar.header()).toBe('a=3; b=2');
    jar.keep(['a=; max-age=0', 'b=; MAX-AGE=0']);
    expect(jar.header()).toBeUndefined();
  });
});
