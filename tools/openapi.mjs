// Writes docs/openapi.json, docs/plan.schema.json and the tables of docs/api.md; with --check it writes
// nothing and fails when one of them is not what it would write.
//
//   node tools/openapi.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { describeApi } from './openapi-document.mjs';
import { withTables } from './openapi-tables.mjs';

const inDocs = (file) => fileURLToPath(new URL(`../docs/${file}`, import.meta.url));
const check = process.argv.includes('--check');

const { document, planSchema } = await describeApi();
const wanted = {
  'openapi.json': JSON.stringify(document),
  'plan.schema.json': JSON.stringify(planSchema),
  'api.md': withTables(readFileSync(inDocs('api.md'), 'utf8'), document),
};

const stale = [];
for (const [file, text] of Object.entries(wanted)) {
  const path = inDocs(file);
  const options = await resolveConfig(path);
  const formatted = await format(text, { ...options, filepath: path });
  if (formatted === read(path)) continue;
  stale.push(`docs/${file}`);
  if (!check) writeFileSync(path, formatted);
}
if (check && stale.length > 0) {
  console.error(`not as the code says: ${stale.join(', ')}; run "node tools/openapi.mjs"`);
  process.exitCode = 1;
} else {
  console.log(stale.length === 0 ? 'all as the code says' : `written: ${stale.join(', ')}`);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
