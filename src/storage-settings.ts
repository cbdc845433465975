/** Where the store is, by the settings that the functions host reads too. */
import { connectionStringProblem } from './connection-string.ts';
import type { SettingsReader } from './settings.ts';

export type StorageConfig =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly tableUrl: string;
      readonly queueUrl: string;
      readonly clientId: string | undefined;
    };

const ACCOUNT_NAME = /^[a-z0-9]{3,24}$/;

/** Undefined when it cannot be told; the reader has the problems. */
export function storageOf(reader: SettingsReader): StorageConfig | undefined {
  const connectionString = reader.text('AzureWebJobsStorage');
  const identity = identityStorageOf(reader);
  if (connectionString !== undefined && identity !== undefined) {
    reader.problem(
      'AzureWebJobsStorage',
      'is set together with its identity form (AzureWebJobsStorage__…); keep one of the two',
    );
    return undefined;
  }
  if (connectionString === undefined && identity === undefined) {
    reader.problem(
      'AzureWebJobsStorage',
      'is missing: set a connection string, or AzureWebJobsStorage__accountName to use an identity',
      'missing-setting',
    );
    return undefined;
  }
  if (connectionString === undefined) return identity === 'invalid' ? undefined : identity;
  const problem = connectionStringProblem(connectionString);
  if (problem !== undefined) reader.problem('AzureWebJobsStorage', problem);
  return { kind: 'connection-string', connectionString };
}

/** The identity form as the functions host reads it (azure.md 4.4); undefined when nothing of it is set. */
function identityStorageOf(reader: SettingsReader): StorageConfig | 'invalid' | undefined {
  const credential = reader.text('AzureWebJobsStorage__credential');
  const clientId = reader.guid('AzureWebJobsStorage__clientId');
  const account = reader.text('AzureWebJobsStorage__accountName');
  const tableUri = reader.text('AzureWebJobsStorage__tableServiceUri');
  const queueUri = reader.text('AzureWebJobsStorage__queueServiceUri');
  if ([credential, clientId, account, tableUri, queueUri].every((value) => value === undefined)) {
    return undefined;
  }
  if (credential !== undefined && credential.toLowerCase() !== 'managedidentity') {
    reader.problem('AzureWebJobsStorage__credential', 'can only be "managedidentity"');
  }
  const known = account === undefined ? undefined : accountUrls(reader, account);
  const tableUrl = serviceUrl(reader, 'AzureWebJobsStorage__tableServiceUri', known?.table);
  const queueUrl = serviceUrl(reader, 'AzureWebJobsStorage__queueServiceUri', known?.queue);
  if (tableUrl === undefined || queueUrl === undefined) return 'invalid';
  return { kind: 'identity', tableUrl, queueUrl, clientId };
}

function accountUrls(reader: SettingsReader, account: string): { table: string; queue: string } {
  if (!ACCOUNT_NAME.test(account)) {
    reader.problem(
      'AzureWebJobsStorage__accountName',
      'is not the name of a storage account: 3 to 24 lower-case letters and digits',
    );
  }
  return {
    table: `https://${account}.table.core.windows.net`,
    queue: `https://${account}.queue.core.windows.net`,
  };
}

/** A URL that is written wins over the one that the account's name gives. */
function serviceUrl(
  reader: SettingsReader,
  name: 'AzureWebJobsStorage__tableServiceUri' | 'AzureWebJobsStorage__queueServiceUri',
  ofAccount: string | undefined,
): string | undefined {
  const written = reader.text(name);
  if (written === undefined) {
    if (ofAccount === undefined) {
      const message = 'is missing: set it, or AzureWebJobsStorage__accountName alone';
      reader.problem(name, message, 'missing-setting');
    }
    return ofAccount;
  }
  // The SDKs send tokens over https only, to this machine too (azure.md 2).
  if (URL.parse(written)?.protocol !== 'https:') {
    reader.problem(name, 'is not an https URL such as https://account.table.core.windows.net');
  }
  return written;
}
