import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { SLOT, TARGET } from '../../../src/local/local-azure/sample-shop.ts';
import { hintLines, sampleApps } from '../../../src/local/show/hints.ts';
import { parseApps } from '../../../src/release/parse-apps.ts';

describe('the lines to type', () => {
  const lines = hintLines({
    url: 'http://127.0.0.1:7071',
    functionKey: 'a-Key_1',
    masterKey: 'b-Key_2',
    armUrl: 'http://127.0.0.1:8081',
    storage: 'AccountName=a;AccountKey=b==',
    siteId: '/subscriptions/1/sites/shop',
    version: '4.0.0',
    messageFile: '/some where/start.json',
    appsFile: '/some where/apps.yaml',
  });
  const text = lines.join('\n');

  it('can be taken by a shell as they stand', () => {
    expect(lines[0]).toBe(
      "export SLIPWAY=http://127.0.0.1:7071/api KEY='x-functions-key: a-Key_1' VERSION=4.0.0",
    );
    for (const line of lines)
      expect(line).toMatch(/^(export|#|curl|ANSWER=|DO=|sed|npx|SLIPWAY_URL=)/);
    const commands = lines.filter((line) => !line.startsWith('#')).join('\n');
    expect(spawnSync('bash', ['-n'], { input: commands }).stderr.toString()).toBe('');
  });

  it('name every command, the audit, its check and the app', () => {
    for (const name of ['pause', 'resume', 'advance', 'promote', 'abort', 'rollback']) {
      expect(text).toContain(name);
    }
    expect(text).toContain('npx slipway audit verify "$ID"');
    expect(text).toContain("export AzureWebJobsStorage='AccountName=a;AccountKey=b=='");
    expect(text).toContain('/apps?site=/subscriptions/1/sites/shop');
    expect(text).toContain('"$SLIPWAY/releases/$ID/audit"');
  });

  it('apply a registry with the shop by the master key', () => {
    expect(lines.at(-1)).toBe(
      'SLIPWAY_URL=http://127.0.0.1:7071 SLIPWAY_KEY=b-Key_2 npx slipway apps apply "/some where/apps.yaml"',
    );
    expect(parseApps(parse(sampleApps()))).toMatchObject([
      { entry: { name: 'shop', target: TARGET, slot: SLOT } },
    ]);
  });

  it.each([
    ['{"release":{"id":"new-1","plan":"x"},"created":true}', 'new-1'],
    ['{"error":{"code":"app-busy"},"release":{"id":"rejected-1"}}', undefined],
  ])('take the id of a release that began, and print any other answer: %s', (answer, id) => {
    const start = lines.find((line) => line.startsWith('ANSWER=')) ?? '';
    const withAnswer = start.replace(/^ANSWER=\$\(.*?\);/, `ANSWER='${answer}';`);
    const { stdout } = spawnSync('bash', ['-c', withAnswer], { encoding: 'utf8' });
    expect(stdout.trim()).toBe(id ?? answer);
  });

  it('use one version in the build and in the start', () => {
    expect(text.match(/4\.0\.0/g)).toHaveLength(1);
    expect(text).toContain(`"content":"shop@'$VERSION'"`);
    expect(text).toContain('sed "s/VERSION/$VERSION/" "/some where/start.json"');
  });
});
