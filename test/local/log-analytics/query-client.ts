import { createDefaultHttpClient } from '@azure/core-rest-pipeline';
import type { PipelineRequest } from '@azure/core-rest-pipeline';
import { LogsQueryClient, LogsQueryResultStatus } from '@azure/monitor-query';
import type { LogsQueryResult, LogsTable } from '@azure/monitor-query';

export const WORKSPACE = '22222222-2222-2222-2222-222222222222';
export const LAST_HOUR = { duration: 'PT1H' };

export type QueryClient = ReturnType<typeof queryClient>;

/** The query client against a local endpoint: only `httpClient` keeps its token (azure.md section 2). */
export function queryClient(url: string, maxRetries: number) {
  const real = createDefaultHttpClient();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the project's owner chose this client (azure.md section 2)
  return new LogsQueryClient(
    { getToken: async () => ({ token: 'fake', expiresOnTimestamp: Date.now() + 3_600_000 }) },
    {
      retryOptions: { maxRetries },
      httpClient: {
        sendRequest: (request: PipelineRequest) => {
          const { pathname, search } = new URL(request.url);
          request.url = `${url}${pathname}${search}`;
          request.allowInsecureConnection = true;
          return real.sendRequest(request);
        },
      },
    },
  );
}

export function tableOf(result: LogsQueryResult): LogsTable {
  const tables =
    result.status === LogsQueryResultStatus.Success ? result.tables : result.partialTables;
  const [table] = tables;
  if (table === undefined) {
    throw new Error('The answer has no table.');
  }
  return table;
}

export async function queryTable(client: QueryClient, query: string): Promise<LogsTable> {
  return tableOf(await client.queryWorkspace(WORKSPACE, query, LAST_HOUR));
}
