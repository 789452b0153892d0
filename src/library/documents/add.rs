use deputy_documents::MediaType;
use deputy_documents::chunk::chunks;

use super::rows::NewDocument;
use crate::library::access::May;
use crate::library::answer::Answer;
use crate::library::core::{Core, Ports};
use crate::library::error::{LibraryError, MOST_BYTES, MOST_CHARACTERS, MOST_CHUNKS, MOST_DOCUMENTS};
use crate::library::ids::is_id;
use crate::library::placing::tuples_of_new;
use crate::library::requests::{AddDocument, DocumentView, ItemKind};
use crate::library::title::clean_title;
use crate::objects::Refusal;
use crate::platform::random;

impl Answer for AddDocument {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<DocumentView, Refusal> {
        let asker = library.asker(&self.who).await?;
        let user = asker.as_owner()?;
        let title = clean_title(&self.title)?;
        check_text(&self.text)?;
        let media_type: MediaType = self.media_type.parse().map_err(|_| LibraryError::MediaTypeInvalid)?;
        if let Some(folder) = &self.folder {
            library.owned_folder(&asker, folder).await?;
        }
        let id = library.new_id(self.id.as_deref())?;
        let chunks = chunks(&self.text, media_type);
        library.check_room(&self.who.subject, &self.text, chunks.len())?;
        let object = library.object(ItemKind::Document, &id);
        let new = NewDocument {
            id: &id,
            title: &title,
            folder: self.folder.as_deref(),
            owner: &self.who.subject,
            media_type: media_type.into(),
            text: &self.text,
            chunks: &chunks,
            now: library.ports.now(),
        };
        let tuples = tuples_of_new(user, &object, self.folder.as_deref());
        library.ports.transaction(&|| {
            library.insert_document(&new)?;
            Ok(library.rights.change(tuples.clone())?)
        })?;
        let remove = || library.document_row(&id)?.iter().try_for_each(|row| library.delete_document(row));
        library.carry_out_or_undo(&tuples, &object, &remove).await?;
        // Not asked for again: an answer that is lost now would say that nothing was taken in.
        let row = library.document_row(&id)?.ok_or(LibraryError::Unknown)?;
        Ok(row.view(May { see: true, change: true }, true, library.is_for_everybody(&object)?))
    }
}

fn check_text(text: &str) -> Result<(), LibraryError> {
    if text.len() > MOST_BYTES {
        return Err(LibraryError::TextTooLarge);
    }
    if text.trim().is_empty() { Err(LibraryError::TextEmpty) } else { Ok(()) }
}

impl<P: Ports> Core<P> {
    /// The id that was wished for, or a random one.
    fn new_id(&self, wish: Option<&str>) -> Result<String, Refusal> {
        let Some(wish) = wish else { return Ok(random::encode(&self.ports.random::<16>()?)) };
        if !is_id(wish) {
            return Err(LibraryError::IdInvalid.into());
        }
        let taken = "SELECT 1 AS value FROM documents WHERE id = ? UNION ALL SELECT 1 FROM folders WHERE id = ?";
        let taken = self.ports.exists(taken, &[wish.into(), wish.into()])?;
        if taken { Err(LibraryError::IdTaken.into()) } else { Ok(wish.to_owned()) }
    }

    fn check_room(&self, subject: &str, text: &str, chunks: usize) -> Result<(), Refusal> {
        let number = |query: &str, binds: &[_]| Ok::<_, Refusal>(self.ports.number(query, binds)?.unwrap_or_default());
        if number("SELECT count(*) AS value FROM documents WHERE owner = ?", &[subject.into()])? >= MOST_DOCUMENTS {
            return Err(LibraryError::TooManyDocuments.into());
        }
        let theirs = "SELECT coalesce(sum(characters), 0) AS value FROM documents WHERE owner = ?";
        if number(theirs, &[subject.into()])?.saturating_add(text.chars().count() as u64) > MOST_CHARACTERS {
            return Err(LibraryError::TooMuchText.into());
        }
        let there = number("SELECT coalesce(sum(chunks), 0) AS value FROM documents", &[])?;
        if there.saturating_add(chunks as u64) > MOST_CHUNKS { Err(LibraryError::Full.into()) } else { Ok(()) }
    }
}
