// The built WebAssembly file: what the optimiser cannot know is unused, and the names of functions.

/** The file without its names, and the names by function number (holes are empty). */
export function splitNames(file) {
  const names = [];
  const stripped = withSections(file, ({ id, start, end, whole }) => {
    if (id !== 0 || text(file, start)[0] !== "name") return whole;
    readNames(file, text(file, start)[1], end, names);
    return undefined;
  });
  return { stripped, names: Array.from(names, (name) => name ?? "") };
}

/** The file without the exports of those classes, which are called as in its exports. */
export function withoutClasses(file, classes) {
  const prefixes = classes.flatMap((name) => [`__wbg_${name}_free`, `${name}_`, `__wbg_get_${name}_`, `__wbg_set_${name}_`]);
  const kept = (name) => !prefixes.some((prefix) => name.startsWith(prefix));
  return withEntries(file, (section, name) => (section === exportSection && !kept(name) ? undefined : name));
}

/** Short names for those with a hash at their end, which the file and its script share: a hash cannot be compressed. */
export function shortNames(file) {
  const module = new WebAssembly.Module(file);
  const all = [...WebAssembly.Module.imports(module), ...WebAssembly.Module.exports(module)].map(({ name }) => name);
  return new Map(all.filter((name) => /_h?[0-9a-f]{16}$/.test(name)).map((name, index) => [name, `$${index.toString(36)}`]));
}

/** The file with those names instead. */
export const renamed = (file, names) => withEntries(file, (_, name) => names.get(name) ?? name);

/** Bytes of each function's code, by function number; imported functions have none. */
export function functionSizes(file) {
  const imported = WebAssembly.Module.imports(new WebAssembly.Module(file)).filter(({ kind }) => kind === "function").length;
  const sizes = new Array(imported).fill(0);
  withSections(file, ({ id, start }) => {
    if (id !== 10) return;
    let [count, at] = number(file, start);
    for (; count > 0; count -= 1) {
      const [size, begin] = number(file, at);
      sizes.push(size);
      at = begin + size;
    }
  });
  return sizes;
}

const importSection = 2;
const exportSection = 7;

/** The file with its imports and exports named as `change` says, or without those it gives no name. */
function withEntries(file, change) {
  return withSections(file, ({ id, start, whole }) => {
    if (id !== importSection && id !== exportSection) return whole;
    const entries = [];
    let [count, at] = number(file, start);
    for (; count > 0; count -= 1) {
      const nameAt = id === importSection ? text(file, at)[1] : at;
      const [name, kindAt] = text(file, nameAt);
      const end = id === importSection ? afterImport(file, kindAt, name) : number(file, kindAt + 1)[1];
      const now = change(id, name);
      if (now !== undefined) {
        entries.push(Buffer.concat([file.subarray(at, nameAt), encoded(Buffer.byteLength(now)), Buffer.from(now), file.subarray(kindAt, end)]));
      }
      at = end;
    }
    const content = Buffer.concat([encoded(entries.length), ...entries]);
    return Buffer.concat([Buffer.of(id), encoded(content.length), content]);
  });
}

/** Where an import ends: a function has a type, a tag an attribute before it; others are not made for us. */
function afterImport(file, kindAt, name) {
  if (file[kindAt] === 0) return number(file, kindAt + 1)[1];
  if (file[kindAt] === 4) return number(file, kindAt + 2)[1];
  throw new Error(`import ${name} is of an unknown kind`);
}

/** The file with every section as `change` gives it back, or without it. */
function withSections(file, change) {
  const sections = [file.subarray(0, 8)];
  for (let at = 8; at < file.length; ) {
    const [size, start] = number(file, at + 1);
    const end = start + size;
    const section = change({ id: file[at], start, end, whole: file.subarray(at, end) });
    if (section) sections.push(section);
    at = end;
  }
  return Buffer.concat(sections);
}

/** Subsection 1 of the section is the functions; WebAssembly core specification, appendix "Name Section". */
function readNames(file, start, end, names) {
  for (let at = start; at < end; ) {
    const kind = file[at];
    const [size, begin] = number(file, at + 1);
    at = begin + size;
    if (kind !== 1) continue;
    let [count, next] = number(file, begin);
    for (; count > 0; count -= 1) {
      const [index, afterIndex] = number(file, next);
      [names[index], next] = text(file, afterIndex);
    }
  }
}

function text(file, at) {
  const [size, start] = number(file, at);
  return [file.toString("utf8", start, start + size), start + size];
}

/** Unsigned LEB128. */
function number(file, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = file[at];
    at += 1;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

function encoded(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.of(...bytes, value);
}
