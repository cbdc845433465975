import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameInToken } from '../../../src/adapters/app-service/token-name.ts';

const token = (claims: unknown): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

describe('the name in an access token', () => {
  it.each([
    ['a person', { upn: 'anna@example.com', appid: 'app' }, 'anna@example.com'],
    ['a person by an older claim', { unique_name: 'anna@example.com' }, 'anna@example.com'],
    ['a service', { appid: '0000' }, '0000'],
    ['nobody', {}, undefined],
    ['claims of another kind', { upn: 7 }, undefined],
  ])('is of %s', (_, claims, name) => {
    expect(nameInToken(token(claims))).toBe(name);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void nameInToken(text)));
    expect(nameInToken('local')).toBeUndefined();
  });
});
