/** The style sheet's colours for a canvas, as they are now: the theme can change at any moment. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
