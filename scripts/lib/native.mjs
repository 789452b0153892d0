// Programs of the workspace, as the native tests build them.

/**
 * `cargo build` of these programs. With an example among what is built, cargo chooses the features of the whole workspace with its
 * tests: what those have compiled is used, where another choice would compile nearly everything once more.
 */
export function cargoBuild(...programs) {
  return ["build", "--quiet", "--workspace", "--example", "login", ...programs.flatMap((name) => ["--bin", name])];
}
