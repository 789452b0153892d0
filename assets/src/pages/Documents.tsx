import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { useSearchParams } from "wouter";
import { ApiError } from "../api/client";
import {
  addFolder,
  addSamples,
  type DocumentSummary,
  fetchListing,
  type Folder,
  type Item,
  type Listing,
  moveItem,
  removeItem,
  renameItem,
} from "../api/documents";
import { documentPath } from "../app/routes";
import { useSession } from "../app/session";
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
  const [listing, setListing] = useState<Listing>();
  const [failure, setFailure] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [sharing, setSharing] = useState<Item>();

  const report = useCallback(
    (error: unknown) => {
      if (error instanceof ApiError && error.isSignedOut) markEnded();
      setFailure(error instanceof Error ? error.message : "Your documents could not be loaded.");
    },
    [markEnded],
  );

  const load = useCallback(async () => {
    try {
      setListing(await fetchListing());
      setFailure(undefined);
    } catch (error) {
      report(error);
    }
  }, [report]);

  useEffect(() => {
    void load();
  }, [load]);

  const { uploads, add, stop, clear } = useUploads(load, markEnded);

  async function change(action: () => Promise<void>) {
    setBusy(true);
    try {
      await action();
      await load();
    } catch (error) {
      report(error);
    } finally {
      setBusy(false);
    }
  }

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
            {contents.folders.map((folder) => (
              <ItemRow
                key={folder.id}
                item={{ kind: "folders", id: folder.id, title: folder.title }}
                href={folderPath(folder.id)}
                mine={folder.mine}
                place={folder.parent}
                folders={listing.folders}
                actions={actions}
              >
                {factsOfFolder(folder)}
              </ItemRow>
            ))}
            {contents.documents.map((document) => (
              <ItemRow
                key={document.id}
                item={{ kind: "documents", id: document.id, title: document.title }}
                href={documentPath(document.id)}
                mine={document.mine}
                place={document.folder}
                folders={listing.folders}
                actions={actions}
              >
                {factsOfDocument(document)}
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

function factsOfFolder(folder: Folder): string {
  return `Folder. ${sharingInWords(folder)}`;
}

function factsOfDocument(document: DocumentSummary): string {
  const since = moment(document.createdAt);
  return [sharingInWords(document), lengthInWords(document.characters), since].filter(Boolean).join(" · ");
}
