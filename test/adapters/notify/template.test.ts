// Bodies of one's own: JSON whatever people write, and what is wrong with a template is found at start-up.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { renderTemplate, templateProblem } from '../../../src/adapters/notify/template.ts';
import '../../support/fixed-seed.ts';
import { anyNotice, harmNotice } from '../../support/notice-samples.ts';

const LINK = 'https://slipway.contoso.com/api/dashboard#/releases/r';
const render = (
  template: string,
  changes = {},
  kind: 'slack' | 'teams' | 'webhook' = 'webhook',
): unknown => renderTemplate(template, kind, { notice: harmNotice(changes), link: LINK });

describe('a template', () => {
  it('has the fields of the notice, numbers as numbers', () => {
    const template =
      '{"a":"{{app}} {{version}}","n":{{weight.confirmed}},"s":{{sequence}},"u":"{{link}}","by":"{{actor.name}}"}';
    expect(render(template)).toEqual({ a: 'shop 2.4.0', n: 25, s: 7, u: LINK, by: 'slipway' });
  });

  it('has sections for what may be absent', () => {
    const template =
      '{"v":"{{#verdict}}{{verdict}}{{/verdict}}{{^verdict}}nobody asked{{/verdict}}"}';
    expect(render(template, { verdict: null })).toEqual({ v: 'nobody asked' });
    expect(render(template, { verdict: 'no harm' })).toEqual({ v: 'no harm' });
  });

  it('is JSON whatever people wrote, and their texts stay texts', () => {
    const template =
      '{"title":"{{title}}","inner":{"message":"<{{message}}>"},"verdict":"{{verdict}}"}';
    fc.assert(
      fc.property(anyNotice, (notice) => {
        const value = renderTemplate(template, 'webhook', { notice, link: null });
        expect(Object.keys(value as object)).toEqual(['title', 'inner', 'verdict']);
        expect(Object.keys((value as { inner: object }).inner)).toEqual(['message']);
      }),
    );
  });

  it('for Slack mentions nobody; for Teams has no Markdown of others', () => {
    const changes = { message: '<!channel> **b** [a](http://b)' };
    const template = '{"m":"{{message}}"}';
    expect(render(template, changes, 'slack')).toEqual({
      m: '&lt;!channel&gt; **b** [a](http://b)',
    });
    expect(render(template, changes, 'teams')).toEqual({
      m: '\\<\\!channel\\> \\*\\*b\\*\\* \\[a\\]\\(http://b\\)',
    });
  });
});

describe('a bad template is refused, and its text not repeated:', () => {
  it.each([
    ['no JSON', '{"secret-part": {{title}}}', /does not give JSON/],
    ['JSON that ends too soon', '{"secret-part": "{{title}}"', /does not give JSON/],
    ['no object', '["{{title}}"]', /not give a JSON object/],
    ['a list of nothing', 'null', /not give a JSON object/],
    [
      'a field that there is not',
      '{"a":"{{secret}}"}',
      /\{\{secret\}\}: there is no such field; .*weight\.share/,
    ],
    ['what every object has', '{"a":"{{constructor}}{{__proto__}}"}', /no such field/],
    ['an object', '{"a":"{{weight}}"}', /no such field/],
    ['one in a section', '{"a":"{{#verdict}}{{other}}{{/verdict}}"}', /\{\{other\}\}/],
    ['three braces', '{"a":"{{{title}}}"}', /unescaped/],
    ['an ampersand', '{"a":"{{&title}}"}', /unescaped/],
    ['a partial', '{"a":"{{>title}}"}', /no partials/],
    ['other delimiters', '{{=<% %>=}}{"a":"<%title%>"}', /no other delimiters/],
    ['a section that is not closed', '{"a":"{{#verdict}}"}', /not Mustache/],
    ['a tag that is not closed', '{"a":"{{title"}', /not Mustache/],
    ['more than Teams takes', `{"a":"${'{{message}}'.repeat(12)}"}`, /at most 28000/],
  ])('%s', (_what, template, problem) => {
    expect(templateProblem(template, 'teams')).toMatch(problem);
    expect(templateProblem(template, 'teams')).not.toContain('secret-part');
  });

  it.each([
    ['no verdict', '{"v":{{#verdict}}"{{verdict}}"{{/verdict}}}'],
    ['no baseline', '{"a":"x"{{^baseline}} "b"{{/baseline}}}'],
    ['no message', '{ {{#message}}"m":"{{message}}"{{/message}}{{^message}}m{{/message}} }'],
    ['no stage before', '{"f":{{#from}}1{{/from}}}'],
    ['no link', '{"l":{{#link}}"{{link}}"{{/link}}}'],
    ['no weight', '{"w":{{#weight.share}}{{weight.share}}{{/weight.share}}}'],
  ])('one that gives no JSON for a notice with %s', (_what, template) => {
    expect(templateProblem(template, 'webhook')).toMatch(/does not give JSON/);
  });

  it('one that gives JSON whatever is left out is not', () => {
    const template =
      '{"v":{{#verdict}}"{{verdict}}"{{/verdict}}{{^verdict}}null{{/verdict}}{{#link}},"l":"{{link}}"{{/link}},"w":{{weight.share}}}';
    expect(templateProblem(template, 'webhook')).toBeUndefined();
  });

  it('a good one is not', () => {
    expect(templateProblem('{"text":"{{title}} {{! only a remark }}"}', 'slack')).toBeUndefined();
  });
});
