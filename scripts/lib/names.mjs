// The "name" section of a WebAssembly file: which function has which number.

/** The file without its names, and the names by function number (holes are empty). */
export function splitNames(file) {
  const kept = [file.subarray(0, 8)];
  const names = [];
  for (let at = 8; at < file.length; ) {
    const id = file[at];
    const [size, start] = number(file, at + 1);
    const end = start + size;
    if (id === 0 && text(file, start)[0] === "name") readNames(file, text(file, start)[1], end, names);
    else kept.push(file.subarray(at, end));
    at = end;
  }
  return { stripped: Buffer.concat(kept), names: Array.from(names, (name) => name ?? "") };
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
