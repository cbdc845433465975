/** The function app: every function registers itself while it is loaded. package.json's `main`, bundled. */
import './functions/clock.ts';
import './functions/command-release.ts';
import './functions/find-app.ts';
import './functions/get-app.ts';
import './functions/get-audit.ts';
import './functions/get-release.ts';
import './functions/health.ts';
import './functions/list-poison.ts';
import './functions/list-releases.ts';
import './functions/releases-poison.ts';
import './functions/releases-queue.ts';
import './functions/start-release.ts';
import './functions/shared/start-up.ts';
import './functions/ticks-poison.ts';
import './functions/ticks-queue.ts';
