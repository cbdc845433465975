import type { KqlType } from './kql/values.ts';

/** A column of a workspace table. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: KqlType;
}

/** The workspace tables of Application Insights that are kept. */
export type TableName =
  'AppRequests' | 'AppDependencies' | 'AppExceptions' | 'AppTraces' | 'AppAvailabilityResults';

/** A workspace table with all its columns (azure.md 3.1). */
export interface TableDefinition {
  readonly name: TableName;
  readonly columns: readonly ColumnDefinition[];
}

function columns(spec: string): readonly ColumnDefinition[] {
  const types: Readonly<Record<string, KqlType>> = {
    bool: 'bool',
    int: 'int',
    real: 'real',
    datetime: 'datetime',
    dynamic: 'dynamic',
  };
  return spec
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [name = '', type = 'string'] = entry.split(':');
      return { name, type: types[type] ?? 'string' };
    });
}

const COMMON = columns(`
  TenantId TimeGenerated:datetime AppVersion AppRoleName AppRoleInstance ItemCount:int
  OperationId OperationName ParentId SyntheticSource Properties:dynamic Measurements:dynamic
  SessionId UserId UserAuthenticatedId UserAccountId
  ClientBrowser ClientCity ClientCountryOrRegion ClientIP ClientModel ClientOS
  ClientStateOrProvince ClientType IKey SDKVersion ResourceGUID
  SourceSystem Type _ResourceId _SubscriptionId _BilledSize:real _IsBillable
  _TimeReceived:datetime`);

function table(name: TableName, own: string): TableDefinition {
  return { name, columns: [...COMMON, ...columns(own)] };
}

/** All tables, by name. A column without a type is a string. */
export const TABLES: Readonly<Record<TableName, TableDefinition>> = {
  AppRequests: table(
    'AppRequests',
    'Id Name Url Source Success:bool ResultCode DurationMs:real PerformanceBucket ReferencedItemId ReferencedType',
  ),
  AppDependencies: table(
    'AppDependencies',
    'Id Name Target Data DependencyType ResultCode Success:bool DurationMs:real PerformanceBucket',
  ),
  AppExceptions: table(
    'AppExceptions',
    `ProblemId ExceptionType Message Method Assembly HandledAt SeverityLevel:int Details:dynamic
     OuterType OuterMessage OuterMethod OuterAssembly
     InnermostType InnermostMessage InnermostMethod InnermostAssembly`,
  ),
  AppTraces: table('AppTraces', 'Message SeverityLevel:int'),
  AppAvailabilityResults: table(
    'AppAvailabilityResults',
    'Id Name Location Success:bool DurationMs:real Message Size:real PerformanceBucket',
  ),
};

/** Columns that are the same in every row of this workspace, so rows do not carry them. */
export const CONSTANT_COLUMNS: ReadonlySet<string> = new Set([
  'TenantId',
  'SourceSystem',
  'Type',
  'IKey',
  'ResourceGUID',
  '_ResourceId',
  '_SubscriptionId',
  '_IsBillable',
]);

/** True for the name of a table that is kept. */
export function isTableName(name: string): name is TableName {
  return Object.hasOwn(TABLES, name);
}
