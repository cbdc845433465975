// A browser that proves by itself who asks must not be used by the pages of others.
import { describe, expect, it } from 'vitest';

import { demandOwnSite } from '../../src/api/own-site.ts';
import { ForbiddenError, SlipwayError } from '../../src/release/errors.ts';

const URL_ASKED = 'https://slipway.example.net/api/releases';
const JSON_TYPE = { 'content-type': 'application/json' };

function ask(headers: Record<string, string>, method = 'POST'): () => void {
  return () => {
    demandOwnSite({ method, url: URL_ASKED, headers: new Headers(headers) });
  };
}

describe('a request that changes something', () => {
  it.each([
    ['no browser', JSON_TYPE],
    ['a content type with its encoding', { 'content-type': 'Application/JSON; charset=utf-8' }],
    ['a page of this host', { ...JSON_TYPE, 'sec-fetch-site': 'same-origin' }],
    ['a person with an address bar', { ...JSON_TYPE, 'sec-fetch-site': 'none' }],
    [
      'an old browser on a page of this host',
      { ...JSON_TYPE, origin: 'https://slipway.example.net' },
    ],
    [
      'a page of this host, as a front end names it',
      { ...JSON_TYPE, 'sec-fetch-site': 'same-origin', origin: 'https://front.example.com' },
    ],
  ])('comes in from %s', (_what, headers) => {
    expect(ask(headers)).not.toThrow();
  });

  it.each([
    ['another site', { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' }],
    ['a sibling site', { ...JSON_TYPE, 'sec-fetch-site': 'same-site' }],
    [
      'a site that names itself ours',
      { ...JSON_TYPE, 'sec-fetch-site': 'cross-site', origin: 'https://slipway.example.net' },
    ],
    ['an unknown word', { ...JSON_TYPE, 'sec-fetch-site': '' }],
    ['an old browser on another site', { ...JSON_TYPE, origin: 'https://evil.example.com' }],
    ['a page without an origin', { ...JSON_TYPE, origin: 'null' }],
    ['another port', { ...JSON_TYPE, origin: 'https://slipway.example.net:8443' }],
    ['a longer name', { ...JSON_TYPE, origin: 'https://slipway.example.net.evil.com' }],
  ])('is refused from %s', (_what, headers) => {
    expect(ask(headers)).toThrow(ForbiddenError);
  });

  it.each([
    undefined,
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'text/plain; application/json',
    'application/jsonx',
  ])('is refused with the content type of a form: %s', (type) => {
    const sent = ask(type === undefined ? {} : { 'content-type': type });
    expect(sent).toThrow(SlipwayError);
    expect(sent).toThrow(/content-type/);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'HEAD'])('may have any method but GET: %s', (method) => {
    expect(ask({ ...JSON_TYPE, 'sec-fetch-site': 'cross-site' }, method)).toThrow(ForbiddenError);
  });
});

it('a removal carries no body, so it needs no content type', () => {
  expect(ask({ 'sec-fetch-site': 'same-origin' }, 'DELETE')).not.toThrow();
});

it('what only reads is answered to everybody: the browser keeps the answer from the page', () => {
  expect(ask({ 'sec-fetch-site': 'cross-site' }, 'GET')).not.toThrow();
});
