use deputy_fga::Checker as _;
use serde::Deserialize;

use super::rows::DocumentRow;
use crate::library::access::Asker;
use crate::library::answer::Answer;
use crate::library::core::{Core, Ports};
use crate::library::error::LibraryError;
use crate::library::ids::is_id;
use crate::library::requests::{
    Content, DocumentView, ItemKind, PassageView, Person, ReadContent, ReadDocument, ReadPassage, VisibleDocuments,
};
use crate::objects::Refusal;

impl Answer for ReadDocument {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<DocumentView, Refusal> {
        let asker = library.asker(&self.who).await?;
        library.document_view(&asker, &self.id).await
    }
}

impl Answer for ReadContent {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<Content, Refusal> {
        let row = library.seen(&self.who, &self.id).await?;
        let query = "SELECT text AS value FROM contents WHERE document = ? ORDER BY part";
        let parts = library.ports.texts(query, &[row.number.into()])?;
        Ok(Content { title: row.title, text: parts.concat(), media_type: row.media_type })
    }
}

/// The most documents of one question.
const MOST_ASKED: usize = 1_000;
/// How many of them are asked for at once: one batch check.
const PAGE: usize = 50;

impl Answer for VisibleDocuments {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<Vec<String>, Refusal> {
        let asker = library.asker(&self.who).await?;
        let ids: Vec<_> = self.ids.into_iter().filter(|id| is_id(id)).take(MOST_ASKED).collect();
        let question = |id: &String| library.view_question(&asker, &library.object(ItemKind::Document, id));
        let mut visible = Vec::new();
        for page in ids.chunks(PAGE) {
            let decisions = library.rights.check(&page.iter().map(question).collect::<Vec<_>>()).await;
            // Who cannot answer is not asked again and again.
            if decisions.iter().all(|decision| decision.error().is_some()) {
                break;
            }
            for (id, decision) in page.iter().zip(decisions) {
                // Its tuples may be there still, or again, when it is not.
                if decision.is_allowed() && library.document_row(id)?.is_some() {
                    visible.push(id.clone());
                }
            }
        }
        Ok(visible)
    }
}

impl Answer for ReadPassage {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<PassageView, Refusal> {
        #[derive(Deserialize)]
        struct ChunkRow {
            heading: String,
            text: String,
            start_at: u64,
            end_at: u64,
        }
        let row = library.seen(&self.who, &self.id).await?;
        let query = "SELECT heading, text, start_at, end_at FROM chunks WHERE document = ? AND position = ?";
        let chunk: Option<ChunkRow> = library.ports.row(query, &[row.number.into(), u64::from(self.chunk).into()])?;
        let ChunkRow { heading, text, start_at, end_at } = chunk.ok_or(LibraryError::Unknown)?;
        Ok(PassageView { title: row.title, heading, text, start: start_at, end: end_at })
    }
}

impl<P: Ports> Core<P> {
    /// A document that they may see.
    async fn seen(&self, who: &Person, id: &str) -> Result<DocumentRow, Refusal> {
        let asker = self.asker(who).await?;
        self.visible(&asker, ItemKind::Document, id).await?;
        Ok(self.document_row(id)?.ok_or(LibraryError::Unknown)?)
    }

    /// A document that they may see, as they see it.
    pub async fn document_view(&self, asker: &Asker, id: &str) -> Result<DocumentView, Refusal> {
        let may = self.visible(asker, ItemKind::Document, id).await?;
        let folder = self.document_row(id)?.ok_or(LibraryError::Unknown)?.folder;
        let sees_folder = self.sees_folder(asker, folder.as_deref()).await;
        // It may have been moved or removed while the service was asked.
        let row = self.document_row(id)?.ok_or(LibraryError::Unknown)?;
        let sees_folder = sees_folder && row.folder == folder;
        let everybody = self.is_for_everybody(&self.object(ItemKind::Document, id))?;
        Ok(row.view(may, sees_folder, everybody))
    }
}
