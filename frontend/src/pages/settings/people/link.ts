/** Return the whole address of a one-time link, below wherever this page is served. */
export function linkAddress(path: string): string {
  return new URL(path, document.baseURI).href;
}
