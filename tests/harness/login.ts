import { readForms, type Form } from "./html-form.ts";
import { HttpClient, type Page } from "./http-client.ts";

export interface Credentials {
  email: string;
  password: string;
}

/** Logs a user in over plain HTTP, as a browser without JavaScript would; the client holds the session cookie. */
export async function login(baseUrl: string, user: Credentials, client = new HttpClient(baseUrl)): Promise<HttpClient> {
  const page = await submitLogin(client, await client.get("/auth/login"), user);
  if (page.status !== 200 || new URL(page.url).origin !== new URL(baseUrl).origin) {
    throw new Error(`log-in ended at ${page.url} with ${page.status}: ${page.text.slice(0, 800)}`);
  }
  const who = await client.json<{ email?: string }>("/user");
  if (who.email !== user.email) throw new Error(`logged in as ${who.email}, not as ${user.email}`);
  return client;
}

/** Fills the tenant's log-in form if the page is one; returns where that leads. */
export async function submitLogin(client: HttpClient, page: Page, user: Credentials): Promise<Page> {
  const form = readForms(page.text).find(hasPassword);
  if (!form) return page;
  const values: Record<string, string> = {};
  for (const [name, type] of Object.entries(form.types)) {
    if (type === "password") values[name] = user.password;
    else if (type === "email" || /^(username|email|login)$/i.test(name)) values[name] = user.email;
  }
  return await client.submit(page, values, { form: hasPassword });
}

const hasPassword = ({ types }: Form): boolean => Object.values(types).includes("password");
