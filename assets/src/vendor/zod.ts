/**
 * Stands in for `zod` in the browser. The AI SDK defines schemas for what crosses HTTP and for model messages when its
 * module loads; the socket transport of this client validates nothing with them, so zod would be 25 KB of compressed
 * script that only ever builds them. Builders return an inert schema; asking one to validate says what is wrong.
 * A name that a new SDK version imports and this file lacks stops the build.
 */
type Builder = (...parts: unknown[]) => unknown;

const inert: Builder = new Proxy((() => inert) as Builder, {
  get: (target, key) => (typeof key === "symbol" ? Reflect.get(target, key) : inert),
  apply: () => inert,
});

function unavailable(): never {
  throw new Error("zod is left out of this client; remove its aliases in vite.config.ts to validate with a schema.");
}

export const any = inert;
export const array = inert;
export const boolean = inert;
export const catchall = inert;
export const custom = inert;
export const discriminatedUnion = inert;
export const extend = inert;
export const instanceof_ = inert;
export const globalRegistry = inert;
export const int = inert;
export const json = inert;
export const lazy = inert;
export const length = inert;
export const literal = inert;
export const looseObject = inert;
export const maximum = inert;
export const maxLength = inert;
export const minLength = inert;
export const minimum = inert;
export const never = inert;
export const nonnegative = inert;
export const null_ = inert;
export const nullable = inert;
export const nullish = inert;
export const number = inert;
export const object = inert;
export const optional = inert;
export const pipe = inert;
export const positive = inert;
export const record = inert;
export const refine = inert;
export const startsWith = inert;
export const string = inert;
export const transform = inert;
export const union = inert;
export const unknown = inert;
export const url = inert;
export const enum_ = inert;
export const NEVER = inert;
export { enum_ as enum, instanceof_ as instanceof, null_ as null };

/** zod's global configuration; there is nothing to configure. */
export function config(): void {}

export const safeParse = unavailable;
export const safeParseAsync = unavailable;
export const toJSONSchema = unavailable;

/** zod's English messages, which `zod/v4/locales/en.js` exports as default. */
export default function english(): Record<string, never> {
  return {};
}
