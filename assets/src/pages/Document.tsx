import { useCallback, useEffect, useState } from "react";
import { useSearchParams } from "wouter";
import { ApiError } from "../api/client";
import { type DocumentSummary, fetchContent, fetchDocument, fetchListing, fetchPassage, type Folder } from "../api/documents";
import { useSession } from "../app/session";
import { Breadcrumbs } from "../documents/Breadcrumbs";
import { DocumentText } from "../documents/DocumentText";
import { type Marked, mark } from "../documents/passage";
import { wayTo } from "../documents/tree";
import { Page, Problem } from "../ui/Page";
import { Hint, Title } from "../ui/Text";
import { lengthInWords, sharingInWords } from "../words/documents";

/** What was read of a document. */
interface Opened {
  document: DocumentSummary;
  folders: Folder[];
  text: Marked;
  /** The headings above the passage that is marked. */
  heading: string;
  /** The passage that a citation named is not there any more: the document has changed. */
  passageGone: boolean;
}

/** One document, with the passage marked that a citation (`?chunk=`) names. */
export default function DocumentPage({ id }: { id: string }) {
  const { markEnded } = useSession();
  const [query] = useSearchParams();
  const chunk = chunkOf(query.get("chunk"));
  const [opened, setOpened] = useState<Opened>();
  const [failure, setFailure] = useState<ApiError>();

  const load = useCallback(async () => {
    try {
      setOpened(await open(id, chunk));
      setFailure(undefined);
    } catch (error) {
      const problem = error instanceof ApiError ? error : new ApiError(0, "The document could not be opened.", "client");
      if (problem.isSignedOut) markEnded();
      // Nothing stays on screen that may not be seen any more.
      setOpened(undefined);
      setFailure(problem);
    }
  }, [id, chunk, markEnded]);

  useEffect(() => {
    void load();
  }, [load]);

  if (failure) {
    const gone = failure.status === 404;
    return (
      <Page>
        <Breadcrumbs way={[]} here={gone ? "Not found" : "Problem"} />
        <Problem title={gone ? "No such document" : "Problem"} onRetry={gone ? undefined : () => void load()}>
          <p>{gone ? "It is not there, or it is not shared with you." : failure.message}</p>
        </Problem>
      </Page>
    );
  }
  if (!opened) {
    return (
      <Page>
        <Hint>Loading…</Hint>
      </Page>
    );
  }
  const { document, folders, text, heading, passageGone } = opened;
  return (
    <Page>
      <Breadcrumbs way={wayTo(folders, document.folder)} here={document.title} />
      <Title className="wrap-anywhere">{document.title}</Title>
      <Hint>
        {sharingInWords(document)} · {lengthInWords(document.characters)}
      </Hint>
      {heading !== "" && <Hint>Cited from: {heading}</Hint>}
      {passageGone && <Hint role="status">The passage that was cited is not in this document any more.</Hint>}
      <DocumentText text={text} />
    </Page>
  );
}

/** Reads all of it; the rights are checked for each. */
async function open(id: string, chunk: number | undefined): Promise<Opened> {
  const passage =
    chunk === undefined
      ? undefined
      : fetchPassage(id, chunk).catch((error: unknown) => {
          // The document itself may be there all the same.
          if (error instanceof ApiError && error.status === 404) return undefined;
          throw error;
        });
  const [document, content, listing, cited] = await Promise.all([fetchDocument(id), fetchContent(id), fetchListing(), passage]);
  return {
    document,
    folders: listing.folders,
    text: mark(content.text, cited?.start ?? 0, cited?.end ?? 0),
    heading: cited?.heading ?? "",
    passageGone: chunk !== undefined && cited === undefined,
  };
}

function chunkOf(value: string | null): number | undefined {
  return value !== null && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}
