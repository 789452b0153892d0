/** A form of a plain HTML page. */
export interface Form {
  action: string;
  method: "get" | "post";
  /** Named fields with their values. */
  fields: Record<string, string>;
  /** Further values of names that several ticked boxes share. */
  more: [name: string, value: string][];
  /** Names of the fields by their type attribute. */
  types: Record<string, string>;
  buttons: { name: string; value: string; text: string }[];
}

/** The forms of a page, in order. Enough HTML for pages that work without JavaScript. */
export function readForms(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head = "", inner = ""]) => {
    const attributes = readAttributes(head);
    const form: Form = {
      action: attributes.action ?? "",
      method: attributes.method?.toLowerCase() === "post" ? "post" : "get",
      fields: {},
      more: [],
      types: {},
      buttons: [],
    };
    for (const [, text = ""] of inner.matchAll(/<input\b([^>]*)>/gi)) addInput(form, readAttributes(text));
    for (const [, text = "", label = ""] of inner.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/gi)) {
      const { name = "", value = "", type = "submit" } = readAttributes(text);
      if (type === "submit") form.buttons.push({ name, value, text: label.replace(/<[^>]*>/g, "").trim() });
    }
    return form;
  });
}

function addInput(form: Form, { name = "", value = "", type = "text", ...rest }: Record<string, string>): void {
  if (type === "submit") {
    form.buttons.push({ name, value, text: value });
  } else if (name && !((type === "checkbox" || type === "radio") && rest.checked === undefined)) {
    if (type === "checkbox" && name in form.fields) form.more.push([name, value]);
    else form.fields[name] = value;
    form.types[name] = type;
  }
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = "", double, single, bare] of text.matchAll(/([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)) {
    attributes[name.toLowerCase()] = unescape(double ?? single ?? bare ?? "");
  }
  return attributes;
}

function unescape(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return named[name ?? ""] ?? whole;
  });
}
