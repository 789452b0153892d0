// What a described record has that the tenant's has not.

const empty = (value) => value === undefined || value === null || value === false || value === "" || isEmptyCollection(value);
const isEmptyCollection = (value) => typeof value === "object" && value !== null && Object.keys(value).length === 0;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Every difference as `{ path, from, to }`. Only members that are wanted are looked at: the tenant may have more of them. A member that
 * is absent is the same as one that is false or empty; the order of a list says nothing.
 */
export function differences(wanted, current, path = "") {
  if (empty(wanted) && empty(current)) return [];
  if (isObject(wanted) && (isObject(current) || current === undefined || current === null))
    return Object.entries(wanted).flatMap(([name, value]) => differences(value, current?.[name], path ? `${path}.${name}` : name));
  return same(wanted, current) ? [] : [{ path, from: current, to: wanted }];
}

function same(wanted, current) {
  if (!Array.isArray(wanted)) return wanted === current;
  if (!Array.isArray(current) || current.length !== wanted.length) return false;
  return wanted.every((item) => current.some((other) => (isObject(item) ? differences(item, other).length === 0 : same(item, other))));
}

/** The members to send for these differences: objects whole, with what else the record has in them, as the API replaces them. */
export function patchOf(wanted, changes, record) {
  const names = [...new Set(changes.map(({ path }) => path.split(".")[0]))];
  const member = (name) => (isObject(wanted[name]) ? { ...record[name], ...wanted[name] } : wanted[name]);
  return Object.fromEntries(names.map((name) => [name, member(name)]));
}

/** What is wanted of a record that others made: nothing goes from its lists. */
export function grown(wanted, current) {
  if (isObject(wanted) && isObject(current))
    return Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, grown(value, current[name])]));
  if (!Array.isArray(wanted) || !Array.isArray(current)) return wanted;
  const kept = current.filter((item) => !wanted.some((other) => nameOf(other) === nameOf(item)));
  return [...kept, ...wanted];
}

/** What an item of a list is known by. */
const nameOf = (item) => (isObject(item) ? (item.value ?? item.type ?? item.audience ?? item.id) : item);

/** A difference in a line; lists as what comes and what goes; secrets never. */
export function shown({ path, from, to }) {
  const isList = Array.isArray(to) && [...to, ...(from ?? [])].every((item) => typeof item === "string");
  if (/secret/i.test(path)) return [`${path}: •••`];
  if (path === "code") return [`${path}: ${from ? "another" : "none"} → that of the description`];
  if (!isList) return [`${path}: ${from === undefined ? "" : `${JSON.stringify(from)} → `}${JSON.stringify(to)}`];
  const before = from ?? [];
  const lines = to.filter((item) => !before.includes(item)).map((item) => `${path} + ${item}`);
  return [...lines, ...before.filter((item) => !to.includes(item)).map((item) => `${path} - ${item}`)];
}
