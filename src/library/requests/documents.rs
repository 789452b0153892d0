//! What may be asked about documents.

use serde::{Deserialize, Serialize};

use super::folders::FolderView;
use super::person::Person;
use super::place::some_or_none;

/// Takes a document in. It belongs to whoever asks. One with a title that is there already is a second document.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddDocument {
    /// Who asks.
    pub who: Person,
    /// Title, one line.
    pub title: String,
    /// The whole text, at most 10 MB.
    pub text: String,
    /// `text/plain`, `text/markdown`, `text/html`, …
    pub media_type: String,
    /// Id of a folder that belongs to whoever asks.
    pub folder: Option<String>,
    /// The id it is to have: for samples and imports, whose tuples name it. Without one it gets a random id.
    pub id: Option<String>,
}

/// A document, as somebody who may see it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentView {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Folder, if whoever asks may see that, too.
    pub folder: Option<String>,
    /// Media type.
    pub media_type: String,
    /// Length of the text in characters.
    pub characters: u64,
    /// When it came, milliseconds.
    pub created_at: u64,
    /// When title or folder changed last, milliseconds.
    pub changed_at: u64,
    /// True if whoever asks may change, share and remove it.
    pub mine: bool,
    /// True if it is shared with everybody.
    pub everybody: bool,
}

/// What somebody may see.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListDocuments {
    /// Who asks.
    pub who: Person,
    /// Only what is in this folder; without one, all.
    pub folder: Option<String>,
}

/// Documents and folders, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Documents.
    pub documents: Vec<DocumentView>,
    /// Folders.
    pub folders: Vec<FolderView>,
    /// True if a limit cut the list off.
    pub cut: bool,
    /// True if the rights to something could not be checked; it is not in the list.
    pub unchecked: bool,
}

/// One document without its text.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadDocument {
    /// Who asks.
    pub who: Person,
    /// Document id.
    pub id: String,
}

/// The text of a document.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadContent {
    /// Who asks.
    pub who: Person,
    /// Document id.
    pub id: String,
}

/// A document's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Title.
    pub title: String,
    /// The whole text.
    pub text: String,
    /// Media type.
    pub media_type: String,
}

/// One passage, as a citation names it. Checked again.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadPassage {
    /// Who asks.
    pub who: Person,
    /// Document id.
    pub id: String,
    /// Number of the chunk within the document.
    pub chunk: u32,
}

/// Which of these documents whoever asks may see: their ids.
#[derive(Debug, Serialize, Deserialize)]
pub struct VisibleDocuments {
    /// Who asks.
    pub who: Person,
    /// Document ids, 1,000 at most: of more it is not said.
    pub ids: Vec<String>,
}

/// A passage and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassageView {
    /// Title of the document.
    pub title: String,
    /// The headings above it.
    pub heading: String,
    /// The passage.
    pub text: String,
    /// Where it begins in the document's text, in UTF-16 code units: what a browser counts by.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
}

/// Renames or moves a document. What is `None` stays.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeDocument {
    /// Who asks.
    pub who: Person,
    /// Document id.
    pub id: String,
    /// New title.
    pub title: Option<String>,
    /// New folder; `Some(None)` takes it out of its folder.
    #[serde(default, with = "some_or_none")]
    pub folder: Option<Option<String>>,
}

/// Removes a document with its chunks, tuples and shares.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveDocument {
    /// Who asks.
    pub who: Person,
    /// Document id.
    pub id: String,
}
