//! A document's rows: its own, its text in parts, its passages.

use deputy_documents::chunk::Chunk;
use deputy_documents::search::{self, index_text};
use serde::Deserialize;

use crate::library::access::May;
use crate::library::core::{Core, Ports};
use crate::library::requests::DocumentView;
use crate::objects::Refusal;
use crate::platform::ports::Bind;

/// The most bytes of one row of `contents`: a row may have 2 MB.
const PART: usize = 500_000;

/// What is asked of `documents` for a [`DocumentRow`].
pub const COLUMNS: &str = "number, id, title, folder, media_type, characters, created_at, changed_at";

/// A row of `documents`.
#[derive(Debug, Clone, Deserialize)]
pub struct DocumentRow {
    /// What its other rows name it by.
    pub number: u64,
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Id of its folder.
    pub folder: Option<String>,
    /// Media type.
    pub media_type: String,
    characters: u64,
    /// When it came, milliseconds.
    pub created_at: u64,
    changed_at: u64,
}

impl DocumentRow {
    /// As somebody sees it who may this, and who may see its folder or not.
    pub fn view(self, may: May, sees_folder: bool, everybody: bool) -> DocumentView {
        DocumentView {
            id: self.id,
            title: self.title,
            folder: self.folder.filter(|_| sees_folder),
            media_type: self.media_type,
            characters: self.characters,
            created_at: self.created_at,
            changed_at: self.changed_at,
            mine: may.change,
            everybody,
        }
    }
}

/// A document that is about to be written.
#[derive(Debug)]
pub struct NewDocument<'a> {
    pub id: &'a str,
    pub title: &'a str,
    pub folder: Option<&'a str>,
    pub owner: &'a str,
    pub media_type: &'a str,
    pub text: &'a str,
    pub chunks: &'a [Chunk<'a>],
    pub now: u64,
}

impl<P: Ports> Core<P> {
    /// The document of that id. Who may see it has been asked already.
    pub fn document_row(&self, id: &str) -> Result<Option<DocumentRow>, Refusal> {
        Ok(self.ports.row(&format!("SELECT {COLUMNS} FROM documents WHERE id = ?"), &[id.into()])?)
    }

    /// Writes all rows of a document, within a transaction.
    pub fn insert_document(&self, new: &NewDocument<'_>) -> Result<(), Refusal> {
        self.ports.exec(
            "INSERT INTO documents (id, title, folder, owner, media_type, characters, chunks, created_at, changed_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            &[
                new.id.into(),
                new.title.into(),
                new.folder.into(),
                new.owner.into(),
                new.media_type.into(),
                count(new.text.chars().count()),
                count(new.chunks.len()),
                new.now.into(),
                new.now.into(),
            ],
        )?;
        let Some(document) = self.document_row(new.id)? else { return Err(Refusal::internal("document_not_written")) };
        for (part, text) in (0_u64..).zip(parts(new.text)) {
            let row = [document.number.into(), part.into(), text.into()];
            self.ports.exec("INSERT INTO contents (document, part, text) VALUES (?, ?, ?)", &row)?;
        }
        let last = self.ports.number("SELECT coalesce(max(number), 0) AS value FROM chunks", &[])?.unwrap_or_default();
        for (position, chunk) in (0_u64..).zip(new.chunks) {
            let number = last.saturating_add(position).saturating_add(1);
            self.ports.exec(
                "INSERT INTO chunks (number, document, position, heading, text, start_at, end_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                &[
                    number.into(),
                    document.number.into(),
                    position.into(),
                    chunk.heading.as_str().into(),
                    chunk.text.into(),
                    count(chunk.utf16.start),
                    count(chunk.utf16.end),
                ],
            )?;
            self.index(number, new.title, &chunk.heading, chunk.text)?;
        }
        Ok(())
    }

    /// Gives a document another title, within a transaction. Its passages are found by it, too.
    pub fn rename_document(&self, document: &DocumentRow, title: &str) -> Result<(), Refusal> {
        #[derive(Deserialize)]
        struct ChunkRow {
            number: u64,
            heading: String,
            text: String,
        }
        self.ports.exec("UPDATE documents SET title = ? WHERE number = ?", &[title.into(), document.number.into()])?;
        let query = "SELECT number, heading, text FROM chunks WHERE document = ? ORDER BY position";
        let chunks: Vec<ChunkRow> = self.ports.rows(query, &[document.number.into()])?;
        chunks.iter().try_for_each(|chunk| self.index(chunk.number, title, &chunk.heading, &chunk.text))
    }

    /// Removes all rows of a document, within a transaction.
    pub fn delete_document(&self, document: &DocumentRow) -> Result<(), Refusal> {
        let number = [document.number.into()];
        self.vectors.forget(document.number)?;
        self.ports.exec(
            "DELETE FROM library_search WHERE rowid IN (SELECT number FROM chunks WHERE document = ?)",
            &number,
        )?;
        for statement in [
            "DELETE FROM chunks WHERE document = ?",
            "DELETE FROM contents WHERE document = ?",
            "DELETE FROM documents WHERE number = ?",
        ] {
            self.ports.exec(statement, &number)?;
        }
        Ok(())
    }

    /// Has a passage found by its words, and by its vector once there is one.
    fn index(&self, number: u64, title: &str, heading: &str, text: &str) -> Result<(), Refusal> {
        let (title, heading, text) = (index_text(title), index_text(heading), index_text(text));
        self.ports.exec(search::INSERT, &[number.into(), (&*title).into(), (&*heading).into(), (&*text).into()])?;
        Ok(self.vectors.note(number)?)
    }
}

fn count(number: usize) -> Bind<'static> {
    Bind::Integer(number as u64)
}

/// A text in parts of at most [`PART`] bytes.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (part, after) = rest.split_at_checked(rest.floor_char_boundary(PART))?;
        rest = after;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_parts_is_the_text() {
        for text in ["", "a", &"é".repeat(PART), &"x".repeat(3 * PART + 1), &format!("a{}", "猫".repeat(PART))] {
            let parts: Vec<_> = parts(text).collect();
            assert_eq!(parts.concat(), text);
            assert!(parts.iter().all(|part| part.len() <= PART && !part.is_empty()));
        }
    }
}
