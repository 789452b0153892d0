import type { DocumentSummary, Folder, Item, Listing } from "../api/documents";

/** What is in a folder, or at the top: also what stands in a folder that the user may not see. By title. */
export function contentsOf({ documents, folders }: Listing, folder: string | null): { folders: Folder[]; documents: DocumentSummary[] } {
  const visible = new Set(folders.map(({ id }) => id));
  const place = (id: string | null) => (id !== null && visible.has(id) ? id : null);
  return {
    folders: folders.filter(({ parent }) => place(parent) === folder).toSorted(byTitle),
    documents: documents.filter((document) => place(document.folder) === folder).toSorted(byTitle),
  };
}

/** The folders on the way to one, the outermost first and itself last; none if it is not there. */
export function wayTo(folders: readonly Folder[], id: string | null): Folder[] {
  const way: Folder[] = [];
  let next = folders.find((folder) => folder.id === id);
  // Nothing that the server says may keep this going.
  while (next !== undefined && !way.includes(next)) {
    way.unshift(next);
    const { parent } = next;
    next = folders.find((folder) => folder.id === parent);
  }
  return way;
}

/** The folders something can be moved into: one's own, and for a folder none inside itself. Each with its way in words. */
export function placesFor(folders: readonly Folder[], item: Item): { id: string; words: string }[] {
  return folders
    .filter(({ mine }) => mine)
    .map(({ id }) => ({ id, way: wayTo(folders, id) }))
    .filter(({ way }) => item.kind === "documents" || way.every(({ id }) => id !== item.id))
    .map(({ id, way }) => ({ id, words: way.map(({ title }) => title).join(" / ") }))
    .toSorted((a, b) => a.words.localeCompare(b.words));
}

/** The address of a folder's page; null is the top. */
export function folderPath(id: string | null): string {
  return id === null ? "/documents" : `/documents?folder=${encodeURIComponent(id)}`;
}

const byTitle = (a: { title: string }, b: { title: string }) => a.title.localeCompare(b.title);
