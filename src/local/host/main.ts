/** The process of a functions host: started by `spawn.ts`, stopped by SIGTERM. */
import { startFunctionsHost } from './functions-host.ts';
import { stackOf } from './host-error.ts';
import { hostProcessOptionsSchema, OPTIONS_VARIABLE, readyLine } from './host-process.ts';

async function main(): Promise<void> {
  const written = process.env[OPTIONS_VARIABLE] ?? '{}';
  // The app must not see it, and neither must a child of the app.
  Reflect.deleteProperty(process.env, OPTIONS_VARIABLE);
  const options = hostProcessOptionsSchema.parse(JSON.parse(written));
  const host = await startFunctionsHost({
    ...options,
    // The app's settings are this process's environment already.
    env: {},
    log: (line) => console.log(line),
  });
  const stop = (): void => {
    host.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  console.log(readyLine({ url: host.url, functions: [...host.functions] }));
}

function fail(error: unknown): void {
  console.error(stackOf(error));
  process.exit(1);
}

main().catch(fail);
