import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Pinned, so that the verdict on infra/ does not depend on the machine. NuGet carries the compiler
 * inside the package; npm and Debian have none (azure.md section 11).
 */
const PACKAGE = { id: 'Azure.Bicep.CommandLine.linux-x64', version: '0.49.2' };
const CACHE = path.resolve(import.meta.dirname, '../../node_modules/.cache/bicep');
const PACKAGE_DIR = path.join(CACHE, 'packages', PACKAGE.id.toLowerCase(), PACKAGE.version);
const RESTORE_TIMEOUT_MS = 60_000;
const COMMAND_TIMEOUT_MS = 60_000;

/** Bicep says everything else than the compiled text on stderr: warnings, errors and nothing more. */
export interface BicepRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The compiler, or the reason why there is none on this machine. */
export type BicepSearch =
  | { readonly found: true; readonly bicep: (...args: readonly string[]) => Promise<BicepRun> }
  | { readonly found: false; readonly reason: string };

/** Finds the compiler in the cache, else has `dotnet` restore it from NuGet (60 s at most). */
export async function findBicep(): Promise<BicepSearch> {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== 'linux-x64') {
    return { found: false, reason: `${PACKAGE.id} does not run on ${platform}` };
  }
  try {
    if (!isRestored()) await restore();
  } catch (error) {
    return { found: false, reason: `dotnet could not restore ${PACKAGE.id}: ${describe(error)}` };
  }
  if (!isRestored()) return { found: false, reason: `${PACKAGE.id} came without its compiler` };
  return { found: true, bicep };
}

/** NuGet writes the metadata file last: without it the package is only half unpacked. */
function isRestored(): boolean {
  return existsSync(path.join(PACKAGE_DIR, '.nupkg.metadata')) && existsSync(binary());
}

function binary(): string {
  return path.join(PACKAGE_DIR, 'tools', 'bicep');
}

/** A project that is never built: it exists so that `dotnet restore` has something to download for. */
const PROJECT = `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
  </PropertyGroup>
  <ItemGroup>
    <PackageDownload Include="${PACKAGE.id}" Version="[${PACKAGE.version}]" />
  </ItemGroup>
</Project>
`;

async function restore(): Promise<void> {
  const project = path.join(CACHE, 'bicep.csproj');
  await mkdir(CACHE, { recursive: true });
  await writeFile(project, PROJECT);
  const args = ['restore', project, '--packages', path.join(CACHE, 'packages'), '-m:1'];
  // Without node reuse no build server stays behind.
  const env = { ...process.env, MSBUILDDISABLENODEREUSE: '1', DOTNET_CLI_TELEMETRY_OPTOUT: '1' };
  await run('dotnet', args, { timeout: RESTORE_TIMEOUT_MS, killSignal: 'SIGKILL', env });
}

async function bicep(...args: readonly string[]): Promise<BicepRun> {
  try {
    const { stdout, stderr } = await run(binary(), [...args], {
      timeout: COMMAND_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 1024 * 1024,
    });
    return { exitCode: 0, stdout, stderr };
  } catch (error) {
    if (!isExit(error)) throw error;
    return { exitCode: error.code, stdout: error.stdout, stderr: error.stderr };
  }
}

/** A command that ran and ended with a code; one that could not start or was stopped has none. */
function isExit(error: unknown): error is Error & { code: number; stdout: string; stderr: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('killed' in error && error.killed === true) {
    return `no answer within ${String(RESTORE_TIMEOUT_MS / 1000)} s`;
  }
  const output = 'stdout' in error && typeof error.stdout === 'string' ? error.stdout : '';
  return `${error.message.trim()} ${output.trim()}`.slice(0, 500);
}
