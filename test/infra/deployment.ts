import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/**
 * What `bicep snapshot` predicts: every resource of a deployment, modules and loops resolved. What is
 * only known while deploying (an identity's object id) stays an expression in brackets.
 */
const snapshotSchema = z.object({
  predictedResources: z.array(
    z.looseObject({
      id: z.string(),
      type: z.string(),
      name: z.string(),
      properties: z.unknown().optional(),
    }),
  ),
  diagnostics: z.array(z.unknown()),
});

const assignmentSchema = z.object({
  roleDefinitionId: z.string(),
  principalId: z.string(),
  principalType: z.string(),
});

const roleSchema = z.object({
  roleName: z.string(),
  assignableScopes: z.array(z.string()),
  permissions: z.array(
    z.object({
      actions: z.array(z.string()),
      notActions: z.array(z.string()),
      dataActions: z.array(z.string()),
      notDataActions: z.array(z.string()),
    }),
  ),
});

const appSchema = z.looseObject({
  httpsOnly: z.boolean(),
  functionAppConfig: z.object({
    deployment: z.object({ storage: z.object({ authentication: z.looseObject({}) }) }),
    runtime: z.object({ name: z.string(), version: z.string() }),
    scaleAndConcurrency: z.looseObject({}),
  }),
  siteConfig: z.looseObject({
    appSettings: z.array(z.object({ name: z.string(), value: z.string() })),
  }),
});

export type Resource = z.infer<typeof snapshotSchema>['predictedResources'][number];
export type CustomRole = z.infer<typeof roleSchema> & { readonly id: string };
export type FunctionApp = z.infer<typeof appSchema>;

/** Who may do what where. `scope` is a resource id; `principal` is `slipway` or an object id. */
export interface Assignment {
  readonly scope: string;
  readonly roleId: string;
  readonly principal: string;
}

/** One predicted deployment. */
export class Deployment {
  private readonly resources: readonly Resource[];

  constructor(resources: readonly Resource[]) {
    this.resources = resources;
  }

  /** Reads the file that `bicep snapshot` wrote; throws when it predicts nothing or complains. */
  static async read(file: string): Promise<Deployment> {
    const snapshot = snapshotSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    if (snapshot.diagnostics.length > 0) {
      throw new Error(`${file} has diagnostics: ${JSON.stringify(snapshot.diagnostics)}`);
    }
    return new Deployment(snapshot.predictedResources);
  }

  /** The resources of one type, which is compared whole. */
  ofType(type: string): readonly Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The last parts of the names of one type, as in `account/default/releases`. */
  lastNames(type: string): readonly string[] {
    return this.ofType(type).map((resource) => resource.name.split('/').at(-1) ?? '');
  }

  /** The only resource of its type. */
  only(type: string): Resource {
    const [resource, ...others] = this.ofType(type);
    if (resource === undefined || others.length > 0) {
      throw new Error(`expected one ${type}, found ${String(this.ofType(type).length)}`);
    }
    return resource;
  }

  functionApp(): FunctionApp {
    return appSchema.parse(this.only('Microsoft.Web/sites').properties);
  }

  assignments(): readonly Assignment[] {
    return this.ofType('Microsoft.Authorization/roleAssignments').map((resource) => {
      const properties = assignmentSchema.parse(resource.properties);
      return {
        scope: scopeOf(resource.id),
        roleId: properties.roleDefinitionId.split('/').at(-1) ?? '',
        principal: principalOf(properties.principalId),
      };
    });
  }

  customRoles(): readonly CustomRole[] {
    return this.ofType('Microsoft.Authorization/roleDefinitions').map((resource) => ({
      id: resource.name,
      ...roleSchema.parse(resource.properties),
    }));
  }
}

/** An assignment's scope: in front of the provider, or the first argument where the name is not known. */
function scopeOf(id: string): string {
  const expression =
    /^\[extensionResourceId\('([^']+)', 'Microsoft\.Authorization\/roleAssignments'/;
  const scope =
    expression.exec(id)?.[1] ?? /^(\/.+)\/providers\/Microsoft\.Authorization\//.exec(id)?.[1];
  if (scope === undefined) throw new Error(`no scope can be read from ${id}`);
  return scope;
}

function principalOf(id: string): string {
  return /userAssignedIdentities\/id-[^/']+', '[^']+'\)\.principalId\]$/.test(id) ? 'slipway' : id;
}
