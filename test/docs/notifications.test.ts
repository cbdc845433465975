// What docs/notifications.md shows is what is accepted and what is told.
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { readReceivers } from '../../src/adapters/notify/read-receivers.ts';
import { templateProblem } from '../../src/adapters/notify/template.ts';
import { SEVERITIES, TOLD_ACTIONS } from '../../src/release/notice.ts';
import { harmNotice, SECRET } from '../support/notice-samples.ts';

const docs = readFileSync(new URL('../../docs/notifications.md', import.meta.url), 'utf8');
const AWAY = { local: false, publicUrl: 'https://slipway.contoso.com' };

/** JSON blocks that show receivers, each as a list. */
const examples = [...docs.matchAll(/```json\n([\s\S]*?)```/g)]
  .map(([, text = '']) => text.replace('whsec_…', SECRET))
  .filter((text) => text.includes('"kind"'))
  .map((text) => (text.startsWith('[') ? text : `[${text}]`));

/** First cells of the tables, each name in them. */
const listed = [...docs.matchAll(/^\| (`[^|]+`) +\|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([\w.]+)`/g)].map(([, name = '']) => name),
);

/** Every field that a template may name, as the refusal of another one lists them. */
const fields = (templateProblem('{"a":"{{nothing}}"}', 'webhook') ?? '')
  .replace(/^.*the fields are /, '')
  .split(', ');

describe('docs/notifications.md', () => {
  it('shows receivers that are accepted', () => {
    expect(examples).toHaveLength(2);
    for (const example of examples) expect(readReceivers(example, AWAY).problems).toEqual([]);
  });

  it('has every field of a template, and every field of a notice', () => {
    expect(fields.length).toBeGreaterThan(20);
    expect(fields.filter((field) => !listed.includes(field))).toEqual([]);
    const told = Object.keys(harmNotice()).filter((key) => key !== 'actor' && key !== 'weight');
    expect(told.filter((key) => !listed.includes(key))).toEqual([]);
    const template = `{${fields.map((field) => `"${field}":"{{${field}}}"`).join(',')}}`;
    expect(templateProblem(template, 'webhook')).toBeUndefined();
  });

  it('has every action and severity', () => {
    const words = [...TOLD_ACTIONS, ...SEVERITIES];
    expect(words.filter((word) => !docs.includes(`\`${word}\``))).toEqual([]);
  });
});
