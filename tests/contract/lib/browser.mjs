// A browser of a few lines: cookies, redirects, forms.
import { app, issuer } from "./world.mjs";

/** Follows pages of the tenant and the providers until one leads to the application. */
export class Browser {
  #cookies = new Map();
  #world;

  constructor(world) {
    this.#world = world;
  }

  /** Goes to a URL, logs `name` in where asked, allows what is asked; the URL at the application where it ends. */
  async visit(url, name = "ana") {
    let page = await this.#go(String(url));
    for (let step = 0; step < 12; step += 1) {
      if (page.url.startsWith(app)) return new URL(page.url);
      if (page.redirect) page = await this.#go(page.redirect);
      else if (page.text.includes('name="password"'))
        page = await this.#submit(page, { username: `${name}@example.com`, password: `${name}-offline`, action: "default" });
      else if (page.text.includes('name="decision"')) page = await this.#submit(page, { decision: "allow" });
      else if (page.text.includes('value="accept"')) page = await this.#submit(page, { action: "accept" });
      else if (page.text.includes('value="confirm"')) page = await this.#submit(page, { action: "confirm" });
      else return page;
    }
    throw new Error(`no end: ${page.url}`);
  }

  async #go(url, init = {}) {
    if (url.startsWith(app)) return { url };
    const cookie = [...this.#cookies].map(([key, value]) => `${key}=${value}`).join("; ");
    const answer = await this.#world.fetch(url, { redirect: "manual", ...init, headers: { ...init.headers, cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [key, value] = line.split(";")[0].split(/=(.*)/s);
      this.#cookies.set(key, value);
    }
    const location = answer.headers.get("location");
    return { url, status: answer.status, text: await answer.text(), redirect: location && new URL(location, url).href };
  }

  /** Posts the first form of the page with its own fields and the given ones. */
  async #submit(page, fields) {
    const html = page.text.slice(page.text.indexOf("<form"), page.text.indexOf("</form>"));
    const form = new URLSearchParams();
    for (const [input] of html.matchAll(/<input[^>]*>/g)) {
      const name = attribute(input, "name");
      const kind = attribute(input, "type");
      if (!name || name in fields || (kind === "radio" && form.has(name))) continue;
      form.append(name, attribute(input, "value") ?? "");
    }
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const action = attribute(html.slice(0, html.indexOf(">") + 1), "action");
    const url = new URL(action ?? page.url, page.url.startsWith(issuer) ? issuer : page.url).href;
    return this.#go(url, { method: "POST", body: form });
  }
}

function attribute(tag, name) {
  const found = tag.match(new RegExp(`\\s${name}="([^"]*)"`));
  return found?.[1].replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
}
