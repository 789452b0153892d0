//! What may be asked about folders.

use serde::{Deserialize, Serialize};

use super::person::Person;
use super::place::some_or_none;

/// A folder, as somebody who may see it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderView {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// The folder it is in, if whoever asks may see that, too.
    pub parent: Option<String>,
    /// True if whoever asks may change, share and remove it.
    pub mine: bool,
    /// True if it is shared with everybody.
    pub everybody: bool,
}

/// The folders that whoever asks may see, the newest first.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListFolders {
    /// Who asks.
    pub who: Person,
}

/// Makes a folder.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddFolder {
    /// Who asks.
    pub who: Person,
    /// Title, one line.
    pub title: String,
    /// Id of a folder that belongs to whoever asks.
    pub parent: Option<String>,
}

/// Renames or moves a folder. What is `None` stays.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeFolder {
    /// Who asks.
    pub who: Person,
    /// Folder id.
    pub id: String,
    /// New title.
    pub title: Option<String>,
    /// The folder it is to be in; `Some(None)` takes it out.
    #[serde(default, with = "some_or_none")]
    pub parent: Option<Option<String>>,
}

/// Removes a folder that is empty.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveFolder {
    /// Who asks.
    pub who: Person,
    /// Folder id.
    pub id: String,
}
