/** What a mailed link carries behind its `#`, which browsers never send to a server. */
export function secretOfPage(): string {
  return window.location.hash.slice(1);
}
