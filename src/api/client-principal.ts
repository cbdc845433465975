/**
 * The header `x-ms-client-principal`, in which App Service's authentication (Easy Auth) says who signed
 * in. Parsed here and not by the library, whose `request.user` throws for services, which have no name
 * (azure.md 4.4). Worth something only behind Easy Auth: anybody can write a header.
 */
import { z } from 'zod';

import { type Role, ROLES } from '../release/caller.ts';
import { UnauthenticatedError } from '../release/errors.ts';
import { plainText } from '../release/written-plan.ts';

export const PRINCIPAL_HEADER = 'x-ms-client-principal';

/** More than a front end lets pass in all headers together. */
const HEADER_CHARS_MAX = 64 * 1024;

/** Entra; other providers that Easy Auth may know have no roles of Slipway. */
const ENTRA = 'aad';

const ROLE_URI = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role';
const OBJECT_ID = ['http://schemas.microsoft.com/identity/claims/objectidentifier', 'oid'];
const GROUPS = ['groups', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups'];
/** Claims that stand in place of groups when there are too many of them. */
const GROUPS_LEFT_OUT = ['_claim_names', 'hasgroups'];
/** Best first. A service has no name, only the id of its registration (`azp` in tokens of version 2). */
const NAMES = [
  'preferred_username',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
  'upn',
  'name',
  'appid',
  'azp',
];

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NAME = plainText(200);

const principalSchema = z.object({
  auth_typ: z.string(),
  role_typ: z.string().nullish(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});
type Principal = z.output<typeof principalSchema>;

/** Who signed in. Ids are GUIDs in lower case. */
export interface ClientPrincipal {
  readonly objectId: string;
  /** Plain text; of a service the id of its registration, of one without any name the object id. */
  readonly name: string;
  /** The highest. */
  readonly role: Role | undefined;
  readonly groups: readonly string[];
  /** It is in more groups than the token can carry. */
  readonly groupsUnknown: boolean;
}

/**
 * Reads the header's value.
 * @throws UnauthenticatedError when it is not exactly what Easy Auth writes for somebody of Entra
 */
export function parseClientPrincipal(header: string): ClientPrincipal {
  const principal = read(header);
  if (principal.auth_typ !== ENTRA) {
    throw refused(
      `it says that ${JSON.stringify(principal.auth_typ).slice(0, 50)} signed somebody in, not Entra ("${ENTRA}")`,
    );
  }
  const values = (types: readonly string[]): string[] =>
    principal.claims.filter(({ typ }) => types.includes(typ)).map(({ val }) => val);
  const [objectId, ...others] = values(OBJECT_ID).map((id) => id.toLowerCase());
  if (objectId === undefined || others.length > 0 || !GUID.test(objectId)) {
    throw refused('it needs exactly one object id, a GUID');
  }
  return {
    objectId,
    name: nameOf(principal) ?? objectId,
    role: highest(values(['roles', ROLE_URI, ...(principal.role_typ ? [principal.role_typ] : [])])),
    // A group can also be written by its name, and one that is called "key" must not count as a key.
    groups: values(GROUPS)
      .map((id) => id.toLowerCase())
      .filter((id) => GUID.test(id)),
    groupsUnknown: values(GROUPS_LEFT_OUT).length > 0,
  };
}

function read(header: string): Principal {
  if (header.length > HEADER_CHARS_MAX) {
    throw refused(`it has ${header.length} characters, at most ${HEADER_CHARS_MAX} are read`);
  }
  const bytes = Buffer.from(header, 'base64');
  // Node's decoder skips what is no base64, such as the comma between two headers that were joined.
  if (header === '' || bytes.toString('base64') !== header) throw refused('it is not base64');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw refused('it is not JSON', { cause });
  }
  const parsed = principalSchema.safeParse(value);
  if (!parsed.success) throw refused('it is not {"auth_typ", "claims": [{"typ", "val"}]}');
  return parsed.data;
}

function nameOf({ claims }: Principal): string | undefined {
  const named = NAMES.map((type) => claims.find(({ typ }) => typ === type)?.val.trim());
  return named.find((name) => NAME.safeParse(name).success);
}

function highest(values: readonly string[]): Role | undefined {
  return ROLES.findLast((role) => values.includes(role));
}

function refused(why: string, options: ErrorOptions = {}): UnauthenticatedError {
  return new UnauthenticatedError(`the header ${PRINCIPAL_HEADER} is not valid: ${why}`, options);
}
