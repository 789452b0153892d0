const LONGEST = 2048;

/**
 * A path of this origin, as the browser writes it, or undefined: nobody is sent away by a link. Dot segments are resolved
 * before it is judged, because `/.//host` becomes `//host`. The Worker has the same rule (`crates/auth0/src/return_to.rs`).
 */
export function returnTo(origin: string, target: string | null): string | undefined {
  if (target === null || new TextEncoder().encode(target).length > LONGEST || /[\\\p{Cc}]/u.test(target)) return undefined;
  const path = withoutOrigin(origin, target);
  if (!staysHere(path)) return undefined;
  const base = "http://this.invalid";
  const url = new URL(path, base);
  return url.origin === base && staysHere(url.pathname) ? url.href.slice(base.length) : undefined;
}

/** An absolute path that names no host. */
const staysHere = (path: string) => path.startsWith("/") && !path.startsWith("//");

/** What follows the origin, if the target begins with it and the host ends there. */
function withoutOrigin(origin: string, target: string): string {
  if (target.slice(0, origin.length).toLowerCase() !== origin.toLowerCase()) return target;
  const rest = target.slice(origin.length);
  if (rest === "") return "/";
  return rest.startsWith("/") ? rest : target;
}
