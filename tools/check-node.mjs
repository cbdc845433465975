// Refuses too old a Node with one sentence instead of a stack trace. The project brings its own Node 24
// as an optional dependency, which `npm run` finds first; here we see whether that worked.
// Written for Node 18, since that may well be what runs it.
const NEEDED = 24;

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  process.stderr.write(
    `Slipway needs Node ${NEEDED} or newer, but this is Node ${process.versions.node}: run \`npm ci\` and start through npm (on Linux and on Windows with x64 that brings Node ${NEEDED}), or install Node ${NEEDED} from https://nodejs.org.\n`,
  );
  process.exitCode = 1;
}
