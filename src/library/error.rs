pub use deputy_documents::read::{LONGEST_TITLE, MOST_BYTES};
use deputy_error::{Explained, Explanation};
use strum::EnumIter;

use crate::objects::Refusal;

/// The most documents of one owner.
pub const MOST_DOCUMENTS: u64 = 1_000;
/// The most text of one owner, in characters: a fifth of what a library holds.
pub const MOST_CHARACTERS: u64 = 20_000_000;
/// The most folders of one owner.
pub const MOST_FOLDERS: u64 = 200;
/// The most passages of a library: what its text search answers from in time. Above, a vector store is the place.
pub const MOST_CHUNKS: u64 = 100_000;
/// How many folders may be in each other: each is a step of a question about rights, and those may take 25.
pub const DEEPEST: usize = 10;

/// Why a library does not do what it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum LibraryError {
    /// No such document or folder, or none that whoever asks may see or change: nobody can tell which.
    #[error("unknown, or not for whoever asks")]
    Unknown,
    /// Users are known by their e-mail address, and whoever asks has none that is verified.
    #[error("no verified e-mail address")]
    Nobody,
    /// A title without a letter.
    #[error("no title")]
    TitleEmpty,
    /// A title longer than [`LONGEST_TITLE`].
    #[error("title too long")]
    TitleTooLong,
    /// A document without a word.
    #[error("no text")]
    TextEmpty,
    /// A text larger than [`MOST_BYTES`].
    #[error("text too large")]
    TextTooLarge,
    /// A media type that is none.
    #[error("no media type")]
    MediaTypeInvalid,
    /// An id that cannot be one.
    #[error("no id")]
    IdInvalid,
    /// An id that something has already.
    #[error("id taken")]
    IdTaken,
    /// [`MOST_DOCUMENTS`] are there.
    #[error("too many documents")]
    TooManyDocuments,
    /// More text than [`MOST_CHARACTERS`].
    #[error("too much text")]
    TooMuchText,
    /// [`MOST_FOLDERS`] are there.
    #[error("too many folders")]
    TooManyFolders,
    /// [`MOST_CHUNKS`] are there, or would be.
    #[error("library full")]
    Full,
    /// A folder that something is in.
    #[error("folder not empty")]
    FolderNotEmpty,
    /// A folder that would be in itself.
    #[error("folder in itself")]
    FolderInItself,
    /// Folders that would be deeper than [`DEEPEST`].
    #[error("folders too deep")]
    FolderTooDeep,
    /// The embedded evaluator is asked where a service decides.
    #[error("a service decides")]
    DecidedElsewhere,
}

impl LibraryError {
    fn status(self) -> u16 {
        match self {
            Self::Unknown | Self::DecidedElsewhere => 404,
            Self::Nobody => 403,
            Self::TextTooLarge => 413,
            Self::IdTaken | Self::FolderNotEmpty | Self::FolderInItself | Self::FolderTooDeep => 409,
            Self::TooManyDocuments | Self::TooMuchText | Self::TooManyFolders => 429,
            Self::Full => 507,
            Self::TitleEmpty | Self::TitleTooLong | Self::TextEmpty | Self::MediaTypeInvalid | Self::IdInvalid => 400,
        }
    }
}

impl Explained for LibraryError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Unknown => Explanation::new(
                "document_unknown",
                "There is no such document or folder.",
                "Ask `GET /api/documents` for what there is. What the user may not see is answered alike, and so is changing what belongs to somebody else.",
            ),
            Self::Nobody => Explanation::new(
                "email_not_verified",
                "Documents belong to a verified e-mail address here. Please verify yours first.",
                "FGA_USER_FORMAT names users by e-mail address: the tenant must send `email` with `email_verified: true`.",
            ),
            Self::TitleEmpty => {
                Explanation::new("title_empty", "A title of at least one letter is needed.", "Send a `title`.")
            }
            Self::TitleTooLong => Explanation::new(
                "title_too_long",
                format!("A title may have {LONGEST_TITLE} characters. Please shorten it."),
                "Shorten `title`.",
            ),
            Self::TextEmpty => Explanation::new(
                "document_empty",
                "There is no text in this document.",
                "Send the document's words as `text`; pictures of text have none.",
            ),
            Self::TextTooLarge => Explanation::new(
                "document_too_large",
                format!("A document may have {} MB of text. Please split it.", MOST_BYTES / 1_000_000),
                "Send less `text`: the limit is of bytes in UTF-8.",
            ),
            Self::MediaTypeInvalid => Explanation::new(
                "media_type_invalid",
                "What kind of document this is cannot be told.",
                "Send a media type such as text/plain or text/markdown.",
            ),
            Self::IdInvalid => Explanation::new(
                "document_id_invalid",
                "A document cannot have this id.",
                "An id has 1 to 128 letters (A to Z), digits, `-`, `_` and `.`, or leave it out.",
            ),
            Self::IdTaken => Explanation::new(
                "document_id_taken",
                "This id is taken already.",
                "Choose another id, or leave it out.",
            ),
            Self::TooManyDocuments => Explanation::new(
                "limit_documents",
                format!("You have {MOST_DOCUMENTS} documents, which is the limit. Remove some to make room."),
                "Remove documents of this user.",
            ),
            Self::TooMuchText => Explanation::new(
                "limit_documents_text",
                format!(
                    "Your documents may have {} million characters together. Remove some to make room.",
                    MOST_CHARACTERS / 1_000_000
                ),
                "Remove documents of this user.",
            ),
            Self::TooManyFolders => Explanation::new(
                "limit_folders",
                format!("You have {MOST_FOLDERS} folders, which is the limit. Remove some to make room."),
                "Remove folders of this user.",
            ),
            Self::Full => Explanation::new(
                "library_full",
                "There is no room for this document: the library holds as much text as can be searched in time.",
                format!(
                    "A library holds {MOST_CHUNKS} passages. Remove documents, or keep them in a vector store (docs/how-to/documents.md)."
                ),
            ),
            Self::FolderNotEmpty => Explanation::new(
                "folder_not_empty",
                "This folder is not empty. Move or remove what is in it first.",
                "Remove what is in the folder, also what lies below it.",
            ),
            Self::FolderInItself => Explanation::new(
                "folder_in_itself",
                "A folder cannot be moved into itself or a folder in it.",
                "Choose a parent that is not below the folder.",
            ),
            Self::FolderTooDeep => Explanation::new(
                "folder_too_deep",
                format!("Folders can be {DEEPEST} deep. Please choose a place further up."),
                "Choose a parent further up.",
            ),
            Self::DecidedElsewhere => Explanation::new(
                "fga_elsewhere",
                "A service decides what users may, so its API is there.",
                "Ask the service at FGA_API_URL.",
            ),
        }
    }
}

impl From<LibraryError> for Refusal {
    fn from(error: LibraryError) -> Self {
        Self::explained(error.status(), &error)
    }
}
