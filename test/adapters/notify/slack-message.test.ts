// The payload as Slack documents it: its own types at compile time, its limits at run time.
import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type SlackMessage, slackMessage } from '../../../src/adapters/notify/slack-message.ts';
import { longestNotice } from '../../../src/release/notice-sample.ts';
import '../../support/fixed-seed.ts';
import { anyNotice, harmNotice } from '../../support/notice-samples.ts';

const LINK = 'https://slipway.contoso.com/api/dashboard#/releases/r';

/** Compiles only while every block is one of Slack's. */
const blocksOf = (message: SlackMessage): readonly KnownBlock[] => message.blocks;

/** docs.slack.dev/reference/block-kit/blocks, as the comments of @slack/types repeat them. */
function expectWithinLimits(message: SlackMessage): void {
  expect(message.text.length).toBeGreaterThan(0);
  const blocks = blocksOf(message);
  expect(blocks.length).toBeLessThanOrEqual(50);
  for (const block of blocks) {
    if (block.type === 'header') expectLength(block.text.text, 150);
    else if (block.type === 'section') {
      if (block.text !== undefined) expectLength(block.text.text, 3_000);
      expect(block.fields?.length ?? 1).toBeLessThanOrEqual(10);
      for (const field of block.fields ?? []) expectLength(field.text, 2_000);
    } else if (block.type === 'context') {
      expect(block.elements.length).toBeLessThanOrEqual(10);
    } else expect.fail(`a block of type ${block.type}`);
  }
}

function expectLength(text: string, most: number): void {
  expect(text.length).toBeGreaterThan(0);
  expect(text.length).toBeLessThanOrEqual(most);
}

/** Every text that Slack would look for mentions and links in. */
function mrkdwn(message: SlackMessage): string[] {
  return message.blocks.flatMap((block) => {
    if (block.type === 'header') return [];
    if (block.type === 'context') return block.elements.map(({ text }) => text);
    return 'fields' in block ? block.fields.map(({ text }) => text) : [block.text.text];
  });
}

describe('a message for Slack', () => {
  it('says at one glance what happened, why, how much, and where to look', () => {
    const message = slackMessage(harmNotice(), LINK);
    expect([message.text, ...mrkdwn(message)]).toMatchInlineSnapshot(`
      [
        "WARNING: shop 2.4.0: ramping 2/3 → rolling-back",
        "*Why:* the new version is worse beyond doubt",
        "Canary 2.4.0 fails 1.9 % of requests, baseline 0.4 %",
        "*App*
      shop",
        "*Version*
      2.3.9 → 2.4.0",
        "*Traffic*
      25 % of production, on the way to 0 %",
        "*By*
      Slipway; started by ci",
        "<https://slipway.contoso.com/api/dashboard#/releases/r|Open the release>",
        "2026-01-05T09:31:00.000Z · 0123456789abcdef0123-0123456789abcdef012.7",
      ]
    `);
    expect(message.blocks[0]).toEqual({
      type: 'header',
      text: { type: 'plain_text', text: `:warning: ${message.text}`, emoji: true },
    });
  });

  it('says the verdict once', () => {
    const { message } = harmNotice();
    const said = (verdict: string): string =>
      JSON.stringify(slackMessage(harmNotice({ verdict }), LINK));
    expect(said(message)).not.toContain('*Verdict:*');
    expect(said('No harm so far')).toContain('*Verdict:* No harm so far');
  });

  it.each(['info', 'warning', 'critical'] as const)(
    'has the word %s beside its picture',
    (severity) => {
      const { text, blocks } = slackMessage(harmNotice({ severity }), LINK);
      expect(text).toContain(severity.toUpperCase());
      expect(JSON.stringify(blocks[0])).toContain(severity.toUpperCase());
    },
  );

  it('mentions nobody and links nowhere but to the release, whatever people wrote', () => {
    fc.assert(
      fc.property(anyNotice, (notice) => {
        const message = slackMessage(notice, LINK);
        const outside = mrkdwn(message).map((text) =>
          text.replace(`<${LINK}|Open the release>`, ''),
        );
        for (const text of outside) {
          expect(text).not.toMatch(/[<>]/);
          expect(text).not.toMatch(/&(?!amp;|lt;|gt;)/);
        }
        expectWithinLimits(message);
        expectWithinLimits(slackMessage(notice, null));
      }),
    );
  });

  it('keeps the limits at its longest', () => {
    expectWithinLimits(slackMessage(longestNotice(31_000), LINK));
  });
});
