import manifest from '../../package.json' with { type: 'json' };

/** Of Slipway; the bundle holds it. */
export const VERSION: string = manifest.version;
