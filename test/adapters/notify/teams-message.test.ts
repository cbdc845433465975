// The card as Microsoft's own parser reads it, in the message that Workflows takes.
import {
  AdaptiveCard,
  type CardElement,
  Container,
  RichTextBlock,
  SerializationContext,
  TextRun,
  Version,
} from 'adaptivecards';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { teamsMessage } from '../../../src/adapters/notify/teams-message.ts';
import { BOUNDS } from '../../../src/limits.ts';
import { longestNotice } from '../../../src/release/notice-sample.ts';
import '../../support/fixed-seed.ts';
import { anyNotice, harmNotice } from '../../support/notice-samples.ts';

const LINK = 'https://slipway.contoso.com/api/dashboard#/releases/r';

/** learn.microsoft.com/connectors/teams: what the trigger of Workflows takes. */
const MESSAGE = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: z.record(z.string(), z.unknown()),
    }),
  ]),
});

function cardOf(message: unknown): AdaptiveCard {
  const wire = MESSAGE.parse(JSON.parse(JSON.stringify(message)));
  const card = new AdaptiveCard();
  // Of 1.4, so that what only newer clients know is an error.
  const context = new SerializationContext(new Version(1, 4));
  card.parse(wire.attachments[0].content, context);
  expect(problemsOf(context)).toEqual([]);
  expect(card.validateProperties().validationEvents).toEqual([]);
  return card;
}

function problemsOf(context: SerializationContext): string[] {
  return Array.from(
    { length: context.eventCount },
    (_, index) => context.getEventAt(index).message,
  );
}

function elementsOf(holder: Container): CardElement[] {
  const items = Array.from({ length: holder.getItemCount() }, (_, index) =>
    holder.getItemAt(index),
  );
  return items.flatMap((item) => [item, ...(item instanceof Container ? elementsOf(item) : [])]);
}

function linesOf(card: AdaptiveCard): string[] {
  const blocks = elementsOf(card).filter((element) => element instanceof RichTextBlock);
  return blocks.map((block) =>
    Array.from({ length: block.getInlineCount() }, (_, index) => {
      const inline = block.getInlineAt(index);
      return inline instanceof TextRun ? (inline.text ?? '') : '';
    }).join(''),
  );
}

describe('a card for Teams', () => {
  it('says at one glance what happened, why, how much, and where to look', () => {
    const card = cardOf(teamsMessage(harmNotice(), LINK));
    expect(linesOf(card)).toMatchInlineSnapshot(`
      [
        "WARNING: shop 2.4.0: ramping 2/3 → rolling-back",
        "Why: the new version is worse beyond doubt",
        "Canary 2.4.0 fails 1.9 % of requests, baseline 0.4 %",
        "Version: 2.3.9 → 2.4.0",
        "Traffic: 25 % of production, on the way to 0 %",
        "By: Slipway; started by ci",
        "2026-01-05T09:31:00.000Z · 0123456789abcdef0123-0123456789abcdef012.7",
      ]
    `);
    expect(card.getActionCount()).toBe(1);
    expect(card.getActionAt(0)?.toJSON()).toMatchObject({ type: 'Action.OpenUrl', url: LINK });
  });

  it.each(['info', 'warning', 'critical'] as const)(
    'has the word %s beside its colour',
    (severity) => {
      const [first] = linesOf(cardOf(teamsMessage(harmNotice({ severity }), LINK)));
      expect(first).toContain(severity.toUpperCase());
    },
  );

  it('has no text that would be read as Markdown, and is never larger than Teams takes', () => {
    fc.assert(
      fc.property(anyNotice, fc.option(fc.constant(LINK)), (notice, link) => {
        const message = teamsMessage(notice, link);
        const card = cardOf(message);
        const types = new Set(elementsOf(card).map((element) => element.getJsonTypeName()));
        // Blocks and facts of text read Markdown; runs do not (adaptivecards.io, TextRun).
        expect([...types].toSorted()).toEqual(['Container', 'RichTextBlock']);
        expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(BOUNDS.teamsBytes);
      }),
    );
  });

  it('keeps the limit at its longest', () => {
    const wide = '𝕎'.repeat(20_000);
    const message = teamsMessage({ ...longestNotice(31_000), message: wide, verdict: wide }, LINK);
    cardOf(message);
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(BOUNDS.teamsBytes);
  });
});
