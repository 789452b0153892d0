/**
 * The host a link of an answer leads to, for display beside it. Undefined for anything that is not a web or mail
 * address: such a link is shown as plain text.
 */
export function linkHost(href: string | undefined, origin: string): string | undefined {
  if (href === undefined || href === "" || href.startsWith("#")) return undefined;
  let url: URL;
  try {
    url = new URL(href, origin);
  } catch {
    return undefined;
  }
  if (url.protocol === "mailto:") return url.pathname;
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  return url.host;
}
