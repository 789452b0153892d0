import { scopes } from "../../../src/connections/registry.json";

/**
 * What a list of OAuth scopes lets Deputy do, one phrase each, in the order given and without repeats.
 * A scope nobody has put into words is shown as it is: hiding it would be worse than an ugly name.
 */
export function scopesInWords(list: readonly string[]): string[] {
  const phrases = list.map(scopeInWords).filter((phrase) => phrase !== "");
  return [...new Set(phrases)];
}

/** One scope in words, or an empty string when it grants nothing the user has to think about. */
export function scopeInWords(scope: string): string {
  const short = scope.startsWith(GOOGLE) ? scope.slice(GOOGLE.length) : scope;
  return (Object.hasOwn(WORDS, short) ? WORDS[short] : undefined) ?? `Use the permission “${short}”`;
}

const GOOGLE = "https://www.googleapis.com/auth/";

const WORDS: Readonly<Record<string, string | undefined>> = scopes;
