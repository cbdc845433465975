// Prints the functions that a bundle registers, as JSON. A process of its own: the library must find the
// host's module when it is loaded, and one process loads one app (azure.md 8).
import { loadApp } from '../../src/local/host/app-loader.ts';

const [bundle = ''] = process.argv.slice(2);
const { functions } = await loadApp(bundle, () => undefined);
const listed = functions.map(({ metadata }) => ({
  name: metadata.name,
  bindings: Object.values(metadata.bindings),
}));
process.stdout.write(JSON.stringify(listed));
