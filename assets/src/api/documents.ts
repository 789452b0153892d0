import { call } from "./client";

/** A document without its text, as `/api/documents` answers it (docs/api.md). Times are milliseconds since the epoch. */
export interface DocumentSummary {
  id: string;
  title: string;
  /** The folder it is in, if the user may see that. */
  folder: string | null;
  mediaType: string;
  characters: number;
  createdAt: number;
  changedAt: number;
  /** The user may change, share and remove it. */
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

/** Everything the user may see. */
export interface Listing {
  documents: DocumentSummary[];
  folders: Folder[];
  /** A limit cut the list off. */
  cut: boolean;
  /** Rights to something could not be checked; it is not in the list. */
  unchecked: boolean;
}

export interface DocumentContent {
  title: string;
  text: string;
  mediaType: string;
}

/** A passage, and where it stands in the text, in UTF-16 code units. */
export interface Passage {
  title: string;
  heading: string;
  text: string;
  start: number;
  end: number;
}

/** With whom something is shared: an address, or everybody. */
export interface Share {
  id: string;
  email?: string;
  everybody: boolean;
  createdAt: number;
}

/** Somebody who can see something, and why. */
export interface Viewer {
  who: string;
  why: string[];
}

/** A document or a folder: what can be renamed, moved, shared and deleted. */
export interface Item {
  kind: "documents" | "folders";
  id: string;
  title: string;
}

export function fetchListing(): Promise<Listing> {
  return call("/api/documents");
}

export function fetchDocument(id: string): Promise<DocumentSummary> {
  return call(pathOf({ kind: "documents", id }));
}

export function fetchContent(id: string): Promise<DocumentContent> {
  return call(`${pathOf({ kind: "documents", id })}/content`);
}

export function fetchPassage(id: string, chunk: number): Promise<Passage> {
  return call(`${pathOf({ kind: "documents", id })}/passages/${chunk}`);
}

/** The two documents to try retrieval with. */
export async function addSamples(): Promise<void> {
  await call("/api/documents/samples", { method: "POST", body: "{}" });
}

export async function addFolder(title: string, parent: string | null): Promise<void> {
  await call("/api/folders", { method: "POST", body: JSON.stringify({ title, parent }) });
}

export async function renameItem(item: Item, title: string): Promise<void> {
  await call(pathOf(item), { method: "PATCH", body: JSON.stringify({ title }) });
}

/** Puts it into that folder; null takes it out of its folder. */
export async function moveItem(item: Item, folder: string | null): Promise<void> {
  const change = item.kind === "documents" ? { folder } : { parent: folder };
  await call(pathOf(item), { method: "PATCH", body: JSON.stringify(change) });
}

export async function removeItem(item: Item): Promise<void> {
  await call(pathOf(item), { method: "DELETE" });
}

export function fetchShares(item: Item): Promise<Share[]> {
  return call(`${pathOf(item)}/shares`);
}

export function share(item: Item, wish: { email: string } | { everybody: true }): Promise<Share> {
  return call(`${pathOf(item)}/shares`, { method: "POST", body: JSON.stringify(wish) });
}

export async function removeShare(item: Item, share: string): Promise<void> {
  await call(`${pathOf(item)}/shares/${encodeURIComponent(share)}`, { method: "DELETE" });
}

export async function fetchViewers(item: Item): Promise<Viewer[]> {
  return (await call<{ people: Viewer[] }>(`${pathOf(item)}/viewers`)).people;
}

function pathOf({ kind, id }: Pick<Item, "kind" | "id">): string {
  return `/api/${kind}/${encodeURIComponent(id)}`;
}
