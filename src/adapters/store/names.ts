/** Tables of design section 5. */
export const TABLES = {
  releases: 'releases',
  due: 'due',
  catalog: 'catalog',
  apps: 'apps',
} as const;

/**
 * Queues of design section 4, and that of paired probes. The functions host copies a message that failed ever so often to
 * `<queue>-poison` (azure.md 4.3); both are made beforehand, so that the host needs no right to.
 */
export const QUEUES = {
  releases: 'releases',
  releasesPoison: 'releases-poison',
  ticks: 'ticks',
  ticksPoison: 'ticks-poison',
  probes: 'probes',
  probesPoison: 'probes-poison',
} as const;
