import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import { addFolder, addSamples, fetchListing, type Item, type Listing, moveItem, removeItem, renameItem } from "../api/documents";
import { documentPath } from "../app/routes";
import { useSession } from "../app/session";
import { useLoaded } from "../app/useLoaded";
import { Breadcrumbs } from "../documents/Breadcrumbs";
import { EmptyLibrary } from "../documents/EmptyLibrary";
import { type ItemActions, ItemRow } from "../documents/ItemRow";
import { NewFolder } from "../documents/NewFolder";
import { contentsOf, folderPath, wayTo } from "../documents/tree";
import { UploadArea } from "../documents/UploadArea";
import { useUploads } from "../documents/useUploads";
import { Page, Problem } from "../ui/Page";
import { Hint, Title } from "../ui/Text";
import { lengthInWords, sharingInWords } from "../words/documents";
import { moment } from "../words/time";

// With the dialog of the library, when something is shared for the first time.
const ShareDialog = lazy(() => import("../documents/ShareDialog"));

/** What Deputy can look up for the user: documents in folders, one's own and those that others have shared. */
export default function DocumentsPage() {
  const { markEnded } = useSession();
  const [query] = useSearchParams();
  const wanted = query.get("folder");
  const title = useFocusAfter(wanted);
  const { loaded: listing, failure, load, busy, change } = useLoaded(fetchListing, "Your documents could not be loaded.");
  const [sharing, setSharing] = useState<Item>();
  const { uploads, add, stop, clear } = useUploads(load, markEnded);

  const actions: ItemActions = {
    rename: (item, title) => void change(() => renameItem(item, title)),
    move: (item, folder) => void change(() => moveItem(item, folder)),
    remove: (item) => void change(() => removeItem(item)),
    share: setSharing,
  };

  const way = wayTo(listing?.folders ?? [], wanted);
  const here = way.at(-1) ?? null;
  const place = here?.id ?? null;
  const contents = listing && contentsOf(listing, place);
  const empty = listing && listing.documents.length === 0 && listing.folders.length === 0;
  // Into a folder of somebody else nothing can be put.
  const writable = here === null || here.mine;

  return (
    <Page>
      <Title ref={title} tabIndex={-1} className="focus:outline-none">
        Documents
      </Title>
      <Hint>What Deputy can look up when you ask it. Nobody is shown anything of a document that they may not see, in no answer either.</Hint>
      {writable && <UploadArea uploads={uploads} onChoose={(files) => add(files, place)} onStop={stop} onClear={clear} />}
      {failure && (
        <Problem onRetry={() => void load()}>
          <p>{failure}</p>
        </Problem>
      )}
      {listing?.unchecked && <Hint role="status">Rights could not be checked for everything, so something may be missing here.</Hint>}
      {listing?.cut && <Hint role="status">These are not all: the list was cut off.</Hint>}
      {!listing && !failure && <Hint>Loading…</Hint>}
      {empty && <EmptyLibrary busy={busy} onSamples={() => void change(addSamples)} />}
      {contents && !empty && (
        <>
          <Breadcrumbs way={way} />
          {contents.folders.length + contents.documents.length === 0 && <p>This folder is empty.</p>}
          <ul className="grid gap-3" aria-label="Documents and folders">
            {rowsOf(contents).map(({ facts, ...row }) => (
              <ItemRow key={row.item.id} {...row} folders={listing.folders} actions={actions}>
                {facts}
              </ItemRow>
            ))}
          </ul>
        </>
      )}
      {listing && writable && (
        <div>
          <NewFolder busy={busy} onCreate={(title) => void change(() => addFolder(title, place))} />
        </div>
      )}
      {sharing && (
        <Suspense fallback={null}>
          <ShareDialog item={sharing} onClose={() => setSharing(undefined)} onChanged={() => void load()} />
        </Suspense>
      )}
    </Page>
  );
}

/** The link that was followed into a folder is gone with the list it stood in: the heading takes the focus. */
function useFocusAfter(folder: string | null) {
  const heading = useRef<HTMLHeadingElement>(null);
  const last = useRef(folder);
  useEffect(() => {
    if (last.current === folder) return;
    last.current = folder;
    heading.current?.focus();
  }, [folder]);
  return heading;
}

/** Folders and documents as rows, the folders first. */
function rowsOf({ folders, documents }: Pick<Listing, "folders" | "documents">) {
  return [
    ...folders.map(({ id, title, mine, parent, everybody }) => ({
      item: { kind: "folders", id, title } satisfies Item,
      href: folderPath(id),
      mine,
      place: parent,
      facts: `Folder. ${sharingInWords({ mine, everybody })}`,
    })),
    ...documents.map((document) => ({
      item: { kind: "documents", id: document.id, title: document.title } satisfies Item,
      href: documentPath(document.id),
      mine: document.mine,
      place: document.folder,
      facts: [sharingInWords(document), lengthInWords(document.characters), moment(document.createdAt)].filter(Boolean).join(" · "),
    })),
  ];
}
