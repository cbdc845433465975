// What Easy Auth writes into x-ms-client-principal for somebody of Entra.

export const ROLE_URI = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role';
export const OBJECT_ID_URI = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
export const ADA = '5b5450db-eb26-4c1a-981c-ba1d25f0483d';

export type Claims = readonly (readonly [typ: string, val: string])[];

/** The header of these claims; `change` replaces members beside them. */
export function principalHeader(
  claims: Claims,
  change: Readonly<Record<string, unknown>> = {},
): string {
  return encoded({
    auth_typ: 'aad',
    claims: claims.map(([typ, val]) => ({ typ, val })),
    name_typ: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
    role_typ: ROLE_URI,
    ...change,
  });
}

/** A person with these roles. */
export function signedInHeader(...roles: readonly string[]): string {
  return principalHeader([...ADA_CLAIMS, ...roles.map((role) => ['roles', role] as const)]);
}

export const ADA_CLAIMS: Claims = [
  ['aud', '7c1d5d1e-95c5-4a8c-8a0e-7a1f0d4b8c33'],
  [OBJECT_ID_URI, ADA],
  ['name', 'Ada Lovelace'],
  ['preferred_username', 'ada@contoso.com'],
];

export function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}
