// The script beside the WebAssembly file, as the bundler writes it for reading: every statement begins at the start of a line.

/**
 * The classes that nobody can make, by the names of their exports: libraries bring JavaScript classes whose methods would stay for
 * ever, although neither side has a constructor for them.
 */
export function deadClasses(file, script) {
  const module = new WebAssembly.Module(file);
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  const imported = WebAssembly.Module.imports(module).map(({ name }) => name.replace(/_[0-9a-f]+$/, ""));
  const known = new Set([...exported, ...imported]);
  const classes = exported.map((name) => /^__wbg_(\w+)_free$/.exec(name)?.[1]).filter(Boolean);
  // A class that the script wraps is made by the Worker itself, such as the source of a streamed body.
  const isWrapped = (name) => declarations(script, [name]).some((text) => text.includes("static __wrap("));
  return classes.filter((name) => !known.has(`${name}_new`) && !known.has(`__wbg_${name}_new`) && !isWrapped(name));
}

/** The script without those classes, and with the other names that the file has now. */
export function glued(script, classes, names) {
  const dead = declarations(script, classes).map((text) => /^var (\w+)/.exec(text)[1]);
  // A class, its disposal, its finalizer, and what would let the platform make one.
  const isDead = new RegExp(`^(var|if \\(Symbol\\.dispose\\)) (${dead.join("|")})(\\d|Finalization)?\\b`);
  const kept = statements(script).filter((text) => dead.length === 0 || !isDead.test(text)).join("");
  const exported = new RegExp(`^ {2}\\w+ as (${dead.join("|")}),\n`, "gm");
  return kept.replace(exported, "").replace(/\w+_h?[0-9a-f]{16}\b/g, (name) => names.get(name) ?? name);
}

const declarations = (script, classes) =>
  statements(script).filter((text) => /^var \w+ = class/.test(text) && classes.some((name) => text.includes(`wasm.__wbg_${name}_free(`)));

const statements = (script) => script.split(/^(?=[A-Za-z])/m);
