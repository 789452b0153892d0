import { readForms, type Form } from "./html-form.ts";

/** An answer with its body read and the address it came from. */
export interface Page {
  url: string;
  status: number;
  headers: Headers;
  text: string;
}

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string | URLSearchParams | FormData | Uint8Array<ArrayBuffer>;
  /** Follow redirects (default true). */
  follow?: boolean;
}

/** Plain HTTP with a cookie jar, as a browser without JavaScript has it. Cookies belong to host names, not ports. */
export class HttpClient {
  readonly baseUrl: string;
  readonly #jar = new Map<string, Map<string, string>>();

  constructor(baseUrl: string) {
    this.baseUrl = baseUrl;
  }

  async get(path: string, options: RequestOptions = {}): Promise<Page> {
    return await this.request(path, options);
  }

  /** A POST as the application's own page would send it: with its Origin. */
  async post(path: string, body?: unknown, options: RequestOptions = {}): Promise<Page> {
    const headers: Record<string, string> = { origin: new URL(this.baseUrl).origin, ...options.headers };
    if (body === undefined) return await this.request(path, { ...options, method: options.method ?? "POST", headers });
    const json = { ...headers, "content-type": "application/json" };
    return await this.request(path, { ...options, method: options.method ?? "POST", headers: json, body: JSON.stringify(body) });
  }

  async json<T = unknown>(path: string): Promise<T> {
    const page = await this.get(path, { headers: { accept: "application/json" } });
    if (page.status !== 200) throw new Error(`GET ${path}: ${page.status} ${page.text.slice(0, 500)}`);
    return JSON.parse(page.text) as T;
  }

  async request(path: string, options: RequestOptions = {}): Promise<Page> {
    let url = new URL(path, this.baseUrl);
    let { method = "GET", body } = options;
    for (let hops = 0; hops < 20; hops += 1) {
      const cookie = this.cookieHeader(url);
      const headers = { ...options.headers, ...(cookie ? { cookie } : {}) };
      const answer = await fetch(url, { method, headers, redirect: "manual", ...(body === undefined ? {} : { body }) });
      this.#store(url, answer.headers.getSetCookie());
      const location = answer.headers.get("location");
      const text = await answer.text();
      if (options.follow === false || answer.status < 300 || answer.status > 399 || location === null) {
        return { url: url.href, status: answer.status, headers: answer.headers, text };
      }
      url = new URL(location, url);
      if (answer.status !== 307 && answer.status !== 308) [method, body] = ["GET", undefined];
    }
    throw new Error(`too many redirects, last to ${url.href}`);
  }

  /** Sends a form of a page; `values` fill its fields, `button` names the submit button to press. */
  async submit(page: Page, values: Record<string, string>, choose: { form?: (form: Form) => boolean; button?: RegExp } = {}): Promise<Page> {
    const form = readForms(page.text).find(choose.form ?? (() => true));
    if (!form) throw new Error(`no such form on ${page.url} (${page.status}): ${page.text.slice(0, 500)}`);
    const fields = new URLSearchParams({ ...form.fields, ...values });
    for (const [name, value] of form.more) if (!(name in values)) fields.append(name, value);
    const button = form.buttons.find((one) => !choose.button || choose.button.test(one.text) || choose.button.test(one.value));
    if (choose.button && !button) throw new Error(`no button ${choose.button} on ${page.url}`);
    if (button?.name) fields.set(button.name, button.value);
    const target = new URL(form.action || page.url, page.url);
    if (form.method === "get") {
      target.search = fields.toString();
      return await this.request(target.href);
    }
    const headers = { "content-type": "application/x-www-form-urlencoded", origin: new URL(page.url).origin };
    return await this.request(target.href, { method: "POST", headers, body: fields });
  }

  /** The Cookie header for a URL, empty when there is none. */
  cookieHeader(url: URL | string = this.baseUrl): string {
    const cookies = this.#jar.get(new URL(url).hostname) ?? new Map<string, string>();
    return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  cookie(name: string): string | undefined {
    return this.#jar.get(new URL(this.baseUrl).hostname)?.get(name);
  }

  setCookie(name: string, value: string): void {
    this.#store(new URL(this.baseUrl), [`${name}=${value}`]);
  }

  clearCookies(): void {
    this.#jar.clear();
  }

  #store(url: URL, lines: string[]): void {
    const cookies = this.#jar.get(url.hostname) ?? new Map<string, string>();
    this.#jar.set(url.hostname, cookies);
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf("="));
      const value = pair.slice(pair.indexOf("=") + 1);
      if (isOver(attributes)) cookies.delete(name);
      else cookies.set(name, value);
    }
  }
}

function isOver(attributes: string[]): boolean {
  const value = (name: string) => attributes.find((one) => one.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
  const maxAge = value("max-age");
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = value("expires");
  return expires !== undefined && Date.parse(expires) < Date.now();
}
