/** `GET /api/me`: who asks, and what the role allows. An app's own lists can still refuse. */
export interface MeAnswer {
  /** As the audit will show it. */
  readonly name: string;
  /** Null: nobody signed in; a key's holder says a name. */
  readonly objectId: string | null;
  readonly role: string;
  /** The overrides that the role allows: `pause`, `resume`, … */
  readonly commands: readonly string[];
  readonly canStart: boolean;
  readonly canAdminister: boolean;
  /** How Slipway tells who asks: what a page must offer to somebody who is not known yet. */
  readonly auth: 'function-keys' | 'easy-auth' | 'anonymous';
  readonly slipway: { readonly version: string };
}
