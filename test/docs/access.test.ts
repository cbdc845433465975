import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MESSAGE_SENDER } from '../../src/api/principal.ts';
import { type Right, rightOf, ROLE_FOR, ROLES } from '../../src/release/caller.ts';
import { COMMANDS } from '../../src/release/event.ts';

const read = (file: string): Promise<string> =>
  readFile(new URL(`../../${file}`, import.meta.url), 'utf8');

/** Lines of the tables that begin with this cell. */
async function rows(first: string): Promise<readonly string[]> {
  const lines = (await read('docs/access.md')).split('\n');
  return lines.filter((line) => line.startsWith(`| ${first}`));
}

describe('docs/access.md', () => {
  it.each(Object.entries(ROLE_FOR))('says that %s takes %s', async (right, role) => {
    const [row, ...others] = await rows(`\`${right}\``);
    expect(others).toEqual([]);
    expect(row).toContain(`| \`${role}\``);
    expect(ROLES.filter((other) => other !== role && row?.includes(other))).toEqual([]);
  });

  it.each(COMMANDS)('puts the command %s under its right', async (command) => {
    for (const right of ['override', 'approve'] satisfies Right[]) {
      const [row = ''] = await rows(`\`${right}\``);
      expect(row.includes(`\`${command}\``)).toBe(rightOf(command) === right);
    }
  });

  it('says which role a queue message has', async () => {
    const [row] = await rows('a message on queue');
    expect(row).toContain(`\`${MESSAGE_SENDER.role ?? ''}\``);
  });
});

describe('infra/app-roles.json', () => {
  const schema = z.array(
    z.strictObject({
      id: z.guid(),
      value: z.string(),
      displayName: z.string(),
      description: z.string(),
      allowedMemberTypes: z.tuple([z.literal('User'), z.literal('Application')]),
      isEnabled: z.literal(true),
    }),
  );

  it('has every role, for people and for services, each with an id of its own', async () => {
    const roles = schema.parse(JSON.parse(await read('infra/app-roles.json')));
    expect(roles.map(({ value }) => value)).toEqual(ROLES);
    expect(new Set(roles.map(({ id }) => id)).size).toBe(ROLES.length);
  });
});
