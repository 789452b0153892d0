import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import type { OAuthClientInformationMixed, OAuthClientMetadata, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import { HttpClient, type Deputy } from "../harness/index.ts";
import { submitLogin } from "../harness/login.ts";

/** Where the browser comes back to when a seeded user logs in at an address of the tenant's, and agrees. It is one without JavaScript. */
export async function logIn(deputy: Deputy, name: string, url: URL, redirectUrl: string): Promise<URL> {
  const browser = new HttpClient(url.origin);
  let page = await submitLogin(browser, await browser.get(url.href), await deputy.offline.user(name));
  // A third party: the user is asked.
  if (page.text.includes('value="accept"')) page = await browser.submit(page, {}, { button: /accept/i });
  const back = new URL(page.url);
  if (page.url.startsWith(redirectUrl) && back.searchParams.has("code")) return back;
  throw new Error(`the login ended at ${page.url}: ${page.text.slice(0, 400)}`);
}

/** What the SDK keeps of a login, in memory. */
export class Provider implements OAuthClientProvider {
  readonly redirectUrl: string;
  readonly clientMetadata: OAuthClientMetadata;
  /** Where the SDK sent the browser, in order. */
  readonly visited: URL[] = [];
  /** The code that came back last. */
  code: string | undefined;
  readonly #deputy: Deputy;
  readonly #user: string;
  #information: OAuthClientInformationMixed | undefined;
  #tokens: OAuthTokens | undefined;
  #verifier = "";

  constructor(deputy: Deputy, redirectUrl: string, user: string, information?: OAuthClientInformationMixed) {
    this.redirectUrl = redirectUrl;
    this.#deputy = deputy;
    this.#user = user;
    this.#information = information;
    this.clientMetadata = {
      client_name: "SDK under test",
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: information && "client_secret" in information ? "client_secret_post" : "none",
    };
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.#information;
  }

  saveClientInformation(information: OAuthClientInformationMixed): void {
    this.#information = information;
  }

  tokens(): OAuthTokens | undefined {
    return this.#tokens;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.#tokens = tokens;
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    this.visited.push(url);
    const back = await logIn(this.#deputy, this.#user, url, this.redirectUrl);
    this.code = back.searchParams.get("code") ?? undefined;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }
}
