// What somebody copies at night must work: tags and options in docs/rescue.md are the real ones.
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addRescue } from '../../src/cli/rescue-command.ts';
import { SENT_TAG, sentIn } from '../../src/cli/rescue-sent.ts';
import { RESCUE_TAG, readRescue } from '../../src/release/rescue-record.ts';

const NOW = Date.UTC(2026, 0, 6);
const page = await readFile(new URL('../../docs/rescue.md', import.meta.url), 'utf8');

describe('docs/rescue.md', () => {
  it('shows tags that Slipway reads, also the ones written by az', () => {
    const shell = page.replaceAll("'$(date -u +%Y-%m-%dT%H:%M:%SZ)'", '2026-01-05T03:12:44Z');
    const tags = [...shell.matchAll(/slipway-rescue ?= ?(\{[^}]*\})/g)].map(([, tag]) => tag);
    expect(tags).toHaveLength(3);
    const read = tags.map((tag) => readRescue(tag, NOW));
    expect(read.map(({ kind }) => kind)).toEqual(['record', 'record', 'record']);
    expect(page).toContain(`--tags ${RESCUE_TAG}`);
  });

  it('shows the note of a swap back as the next run reads it', () => {
    const [, name = '', tag = ''] = /^(slipway-rescue-swap) = (.*)$/m.exec(page) ?? [];
    expect(name).toBe(SENT_TAG);
    expect(sentIn({ [name]: tag })).toMatchObject({ to: 'shop__e05d' });
  });

  it('explains every option of the command, and no other', () => {
    const program = new Command();
    addRescue(program);
    const options = program.commands[0]?.options.map(({ flags }) => flags) ?? [];
    const told = [...page.matchAll(/^\| `(--[^`]+)`/gm)].map(([, flags]) => flags);
    expect(told).toEqual(options);
  });
});
