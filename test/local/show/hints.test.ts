import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { SLOT, TARGET } from '../../../src/local/local-azure/sample-shop.ts';
import { hintLines } from '../../../src/local/show/hints.ts';
import { sampleApps } from '../../../src/local/show/register-shop.ts';
import { parseApps } from '../../../src/release/parse-apps.ts';
import { refusal, wordsOf } from '../../templates/written-commands.ts';

describe('the lines to type', () => {
  const lines = hintLines({
    url: 'http://127.0.0.1:7071',
    functionKey: 'a-Key_1',
    masterKey: 'b-Key_2',
    armUrl: 'http://127.0.0.1:8081',
    storage: 'AccountName=a;AccountKey=b==',
    version: '4.0.0',
    messageFile: '/some where/start.json',
    appsFile: '/some where/apps.yaml',
  });
  const text = lines.join('\n');

  it('can be taken by a shell as they stand', () => {
    expect(lines[0]).toBe(
      'export SLIPWAY_URL=http://127.0.0.1:7071 SLIPWAY_KEY=a-Key_1 VERSION=4.0.0',
    );
    for (const line of lines) expect(line).toMatch(/^(export|#|curl|sed|npx|SLIPWAY_KEY=)/);
    const commands = lines.filter((line) => !line.startsWith('#')).join('\n');
    expect(spawnSync('bash', ['-n'], { input: commands }).stderr.toString()).toBe('');
  });

  it('name every command, the audit, its check and the app', () => {
    for (const name of ['pause', 'resume', 'advance', 'promote', 'abort', 'rollback']) {
      expect(text).toContain(name);
    }
    expect(text).toContain('npx slipway audit verify --app shop');
    expect(text).toContain("export AzureWebJobsStorage='AccountName=a;AccountKey=b=='");
    expect(text).toContain('"$SLIPWAY_URL/api/releases"');
  });

  it.each(lines.filter((line) => line.includes('npx slipway ')))(
    'the command takes: %s',
    async (line) => {
      const [, words = ''] = line.split('npx slipway ');
      expect(await refusal(wordsOf(words, { VERSION: '4.0.0' }))).toBeUndefined();
    },
  );

  it('apply a registry with the shop by the master key', () => {
    expect(lines.at(-1)).toBe('SLIPWAY_KEY=b-Key_2 npx slipway apps apply "/some where/apps.yaml"');
    expect(parseApps(parse(sampleApps()))).toMatchObject([
      { entry: { name: 'shop', target: TARGET, slot: SLOT } },
    ]);
  });

  it('use one version in the build and in the start', () => {
    expect(text.match(/4\.0\.0/g)).toHaveLength(1);
    expect(text).toContain(`"content":"shop@'$VERSION'"`);
    expect(text).toContain('sed "s/VERSION/$VERSION/" "/some where/start.json"');
  });
});
