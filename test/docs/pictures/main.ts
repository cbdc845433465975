/** `npm run pictures`: draws the pictures of docs/judge.md. A test says when they are old. */
import { writeFileSync } from 'node:fs';

import { PICTURES } from './judge-pictures.ts';

for (const [name, picture] of Object.entries(PICTURES)) {
  writeFileSync(new URL(`../../../docs/images/${name}`, import.meta.url), picture());
  console.log(`docs/images/${name}`);
}
