/** Stands in for `npm` and `npx` while commands of the docs are run: writes down what was asked for. */
import { appendFileSync } from 'node:fs';

appendFileSync(process.env.DOCS_NPM ?? '', `${JSON.stringify(process.argv.slice(2))}\n`);
