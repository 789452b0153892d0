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

/**
 * The file without the exports of classes that nobody can make: libraries bring JavaScript classes whose methods would stay for
 * ever, although neither side has a constructor for them.
 */
export function withoutDeadClasses(file, script) {
  const module = new WebAssembly.Module(file);
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  const imported = WebAssembly.Module.imports(module).map(({ name }) => name.replace(/_[0-9a-f]+$/, ""));
  const known = new Set([...exported, ...imported]);
  const classes = exported.map((name) => /^__wbg_(\w+)_free$/.exec(name)?.[1]).filter(Boolean);
  // A class that the script wraps is made by the Worker itself, such as the source of a streamed body.
  const wrapped = script.split(/\bclass\b/).filter((text) => text.includes("static __wrap("));
  const isWrapped = (name) => wrapped.some((text) => text.includes(`__wbg_${name}_free`));
  const dead = classes.filter((name) => !known.has(`${name}_new`) && !known.has(`__wbg_${name}_new`) && !isWrapped(name));
  const prefixes = dead.flatMap((name) => [`__wbg_${name}_free`, `${name}_`, `__wbg_get_${name}_`, `__wbg_set_${name}_`]);
  const isDead = (name) => prefixes.some((prefix) => name.startsWith(prefix));
  return withSections(file, ({ id, start, whole }) => (id === 7 ? keptExports(file, start, isDead) : whole));
}

/** Bytes of each function's code, by function number; imported functions have none. */
export function functionSizes(file) {
  const imported = WebAssembly.Module.imports(new WebAssembly.Module(file)).filter(({ kind }) => kind === "function").length;
  const sizes = Array.from({ length: imported }, () => 0);
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

/** The export section (7) without the dead ones. */
function keptExports(file, start, isDead) {
  const kept = [];
  let [count, at] = number(file, start);
  for (; count > 0; count -= 1) {
    const [name, afterName] = text(file, at);
    const [, end] = number(file, afterName + 1);
    if (!isDead(name)) kept.push(file.subarray(at, end));
    at = end;
  }
  const content = Buffer.concat([encoded(kept.length), ...kept]);
  return Buffer.concat([Buffer.of(7), encoded(content.length), content]);
}

/** The file with every section as `change` gives it back, or without it. */
function withSections(file, change) {
  const sections = [file.subarray(0, 8)];
  for (let at = 8; at < file.length;) {
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
  for (let at = start; at < end;) {
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
