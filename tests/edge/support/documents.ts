import assert from "node:assert/strict";
import type { HttpClient, Page } from "../../harness/index.ts";

/** A document as the API shows it. */
export interface Document {
  id: string;
  title: string;
  folder: string | null;
  mediaType: string;
  characters: number;
  mine: boolean;
  everybody: boolean;
}

export interface Folder {
  id: string;
  title: string;
  parent: string | null;
  mine: boolean;
  everybody: boolean;
}

export interface Listing {
  documents: Document[];
  folders: Folder[];
  cut: boolean;
  unchecked: boolean;
}

export interface Share {
  id: string;
  email?: string;
  everybody: boolean;
  createdAt: number;
}

export interface Found {
  passages: { documentId: string; title: string; heading: string; chunk: number; content: string; similarity: number }[];
  unchecked: boolean;
}

export const list = (client: HttpClient, query = "") => client.json<Listing>(`/api/documents${query}`);

/** An answer of 200 as JSON. */
export function ok<T>(page: Page): T {
  assert.equal(page.status, 200, page.text);
  return JSON.parse(page.text) as T;
}

/** Status and stable code of a refusal, which names the correlation id as every refusal does. */
export function refusal(page: Page): [number, string] {
  const { code, id } = JSON.parse(page.text) as { code: string; id: string };
  assert.equal(id, page.headers.get("x-correlation-id"), page.text);
  return [page.status, code];
}

/** Sends a form with files, as the page does. */
export async function upload(
  client: HttpClient,
  files: [name: string, content: string | Uint8Array<ArrayBuffer>, type?: string][],
  folder?: string,
): Promise<Page> {
  const form = new FormData();
  if (folder !== undefined) form.append("folder", folder);
  for (const [name, content, type = "text/plain"] of files) form.append("file", new File([content], name, { type }));
  return await client.request("/api/documents/upload", { method: "POST", headers: { origin: new URL(client.baseUrl).origin }, body: form });
}

/** Uploads one text; the document it became. */
export async function uploadText(client: HttpClient, name: string, text: string, folder?: string): Promise<Document> {
  const { documents } = ok<{ documents: Document[] }>(await upload(client, [[name, text]], folder));
  return documents[0] ?? assert.fail("no document");
}

export const change = (client: HttpClient, path: string, body: unknown) => client.post(path, body, { method: "PATCH" });
export const remove = (client: HttpClient, path: string) => client.post(path, undefined, { method: "DELETE" });
export const share = async (client: HttpClient, path: string, wish: object) => ok<Share>(await client.post(`${path}/shares`, wish));
export const search = async (client: HttpClient, query: string) => ok<Found>(await client.post("/api/documents/search", { query }));
