/** Which settings there are, and how one is read: the words in which `config.ts` says what they mean. */
import type { Problem } from './release/errors.ts';

/** The environment, as far as settings go. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting: who reads it, and where it belongs. docs/settings.md and the sample name the same ones. */
export interface Setting {
  readonly name: string;
  /** `host`: the functions host alone; it is listed so that the sample and `infra/` can be checked. */
  readonly readBy: 'slipway' | 'host';
}

/** Every setting there is. A test holds the sample, the docs and `infra/` against this list. */
export const SETTINGS = [
  { name: 'FUNCTIONS_WORKER_RUNTIME', readBy: 'host' },
  { name: 'AzureWebJobsStorage', readBy: 'slipway' },
  { name: 'AzureWebJobsStorage__accountName', readBy: 'slipway' },
  { name: 'AzureWebJobsStorage__blobServiceUri', readBy: 'host' },
  { name: 'AzureWebJobsStorage__queueServiceUri', readBy: 'slipway' },
  { name: 'AzureWebJobsStorage__tableServiceUri', readBy: 'slipway' },
  { name: 'AzureWebJobsStorage__credential', readBy: 'slipway' },
  { name: 'AzureWebJobsStorage__clientId', readBy: 'slipway' },
  { name: 'AZURE_CLIENT_ID', readBy: 'slipway' },
  { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', readBy: 'slipway' },
  { name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', readBy: 'slipway' },
  { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', readBy: 'slipway' },
  { name: 'OTEL_METRIC_EXPORT_INTERVAL', readBy: 'slipway' },
  { name: 'SLIPWAY_WORKSPACE_ID', readBy: 'slipway' },
  { name: 'SLIPWAY_CLOCK_SCHEDULE', readBy: 'slipway' },
  { name: 'SLIPWAY_AUTH', readBy: 'slipway' },
  { name: 'SLIPWAY_APPS', readBy: 'slipway' },
  { name: 'SLIPWAY_NOTIFY', readBy: 'slipway' },
  { name: 'SLIPWAY_PUBLIC_URL', readBy: 'slipway' },
  { name: 'SLIPWAY_WEBHOOK_URL', readBy: 'slipway' },
  { name: 'SLIPWAY_WEBHOOK_SECRET', readBy: 'slipway' },
  { name: 'SLIPWAY_ARM_ENDPOINT', readBy: 'slipway' },
  { name: 'SLIPWAY_LOGS_ENDPOINT', readBy: 'slipway' },
  { name: 'SLIPWAY_SITES_ENDPOINT', readBy: 'slipway' },
  { name: 'SLIPWAY_TIME_SCALE', readBy: 'slipway' },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]['name'];

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Collects problems instead of stopping at the first. An empty setting is one that is not set. */
export class SettingsReader {
  readonly problems: Problem[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  text(name: SettingName): string | undefined {
    const value = this.#env[name]?.trim();
    return value === '' ? undefined : value;
  }

  /** One of these words; the first when none is set, or another. */
  oneOf<T extends string>(name: SettingName, words: readonly [T, ...T[]]): T {
    const value = this.text(name) ?? words[0];
    const word = words.find((known) => known === value);
    if (word === undefined) {
      this.problem(name, `is none of ${words.join(', ')}; ${words[0]} counts until it is mended`);
    }
    return word ?? words[0];
  }

  guid(name: SettingName): string | undefined {
    const value = this.text(name);
    if (value !== undefined && !GUID.test(value)) {
      this.problem(name, 'is not a GUID such as 11111111-2222-3333-4444-555555555555');
    }
    return value;
  }

  /** @param path the setting; of one that is JSON also where in it, as `SLIPWAY_NOTIFY[0].url` */
  problem(
    path: SettingName | `SLIPWAY_NOTIFY${string}`,
    message: string,
    code = 'invalid-setting',
  ): void {
    this.problems.push({ path, code, message });
  }
}
