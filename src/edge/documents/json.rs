//! What the API says of documents (docs/api.md): the library's views in the names of JSON.

use serde::{Deserialize, Deserializer, Serialize};

use crate::library::requests::{
    Audience, Content, DocumentView, FolderView, Found, Listing, Passage, PassageView, ShareView, ShareWith, Viewer,
};

/// A document without its text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentJson {
    id: String,
    title: String,
    folder: Option<String>,
    media_type: String,
    characters: u64,
    created_at: u64,
    changed_at: u64,
    mine: bool,
    everybody: bool,
}

impl From<DocumentView> for DocumentJson {
    fn from(view: DocumentView) -> Self {
        let DocumentView { id, title, folder, media_type, characters, created_at, changed_at, mine, everybody } = view;
        Self { id, title, folder, media_type, characters, created_at, changed_at, mine, everybody }
    }
}

/// A folder.
#[derive(Serialize)]
pub struct FolderJson {
    id: String,
    title: String,
    parent: Option<String>,
    mine: bool,
    everybody: bool,
}

impl From<FolderView> for FolderJson {
    fn from(FolderView { id, title, parent, mine, everybody }: FolderView) -> Self {
        Self { id, title, parent, mine, everybody }
    }
}

/// What the caller may see.
#[derive(Serialize)]
pub struct ListingJson {
    documents: Vec<DocumentJson>,
    folders: Vec<FolderJson>,
    cut: bool,
    unchecked: bool,
}

impl From<Listing> for ListingJson {
    fn from(Listing { documents, folders, cut, unchecked }: Listing) -> Self {
        Self { documents: each(documents), folders: each(folders), cut, unchecked }
    }
}

/// Documents that were taken in.
#[derive(Serialize)]
pub struct AddedJson {
    documents: Vec<DocumentJson>,
}

impl From<Vec<DocumentView>> for AddedJson {
    fn from(documents: Vec<DocumentView>) -> Self {
        Self { documents: each(documents) }
    }
}

/// A document's text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContentJson {
    title: String,
    text: String,
    media_type: String,
}

impl From<Content> for ContentJson {
    fn from(Content { title, text, media_type }: Content) -> Self {
        Self { title, text, media_type }
    }
}

/// A passage, and between which UTF-16 code units of the text it stands.
#[derive(Serialize)]
pub struct PassageJson {
    title: String,
    heading: String,
    text: String,
    start: u64,
    end: u64,
}

impl From<PassageView> for PassageJson {
    fn from(PassageView { title, heading, text, start, end }: PassageView) -> Self {
        Self { title, heading, text, start, end }
    }
}

/// What a search found.
#[derive(Serialize)]
pub struct FoundJson {
    passages: Vec<FoundPassageJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<usize>,
    unchecked: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FoundPassageJson {
    document_id: String,
    title: String,
    heading: String,
    chunk: u32,
    content: String,
    similarity: f64,
}

impl From<Found> for FoundJson {
    fn from(Found { passages, cut, unchecked }: Found) -> Self {
        Self { passages: each(passages), cut, unchecked }
    }
}

impl From<Passage> for FoundPassageJson {
    fn from(Passage { document_id, title, heading, chunk, content, similarity }: Passage) -> Self {
        Self { document_id, title, heading, chunk, content, similarity }
    }
}

/// A share: an e-mail address, or everybody.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShareJson {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    everybody: bool,
    created_at: u64,
}

impl From<ShareView> for ShareJson {
    fn from(ShareView { id, with, created_at }: ShareView) -> Self {
        let everybody = with == ShareWith::Everybody;
        let email = match with {
            ShareWith::Email(email) => Some(email),
            ShareWith::Everybody => None,
        };
        Self { id, email, everybody, created_at }
    }
}

/// Who can see something, and why.
#[derive(Serialize)]
pub struct AudienceJson {
    people: Vec<ViewerJson>,
}

#[derive(Serialize)]
struct ViewerJson {
    who: String,
    why: Vec<String>,
}

impl From<Audience> for AudienceJson {
    fn from(Audience { people }: Audience) -> Self {
        Self { people: each(people) }
    }
}

impl From<Viewer> for ViewerJson {
    fn from(Viewer { who, why }: Viewer) -> Self {
        Self { who, why }
    }
}

/// The same in the API's names, one by one.
pub fn each<V, J: From<V>>(views: Vec<V>) -> Vec<J> {
    views.into_iter().map(J::from).collect()
}

/// A member that may be absent (`None`), `null` (`Some(None)`) or a text.
pub fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rg_12_a_share_names_an_address_or_everybody_and_nothing_of_an_account() {
        let shown =
            |with| serde_json::to_value(ShareJson::from(ShareView { id: "s".into(), with, created_at: 1 })).unwrap();
        assert_eq!(
            shown(ShareWith::Email("ben@example.com".into())),
            json!({ "id": "s", "email": "ben@example.com", "everybody": false, "createdAt": 1 })
        );
        assert_eq!(shown(ShareWith::Everybody), json!({ "id": "s", "everybody": true, "createdAt": 1 }));
    }

    #[test]
    fn out_of_its_folder_is_not_the_same_as_no_word_of_a_folder() {
        #[derive(serde::Deserialize)]
        struct Change {
            #[serde(default, deserialize_with = "present")]
            folder: Option<Option<String>>,
        }
        let read = |text| serde_json::from_str::<Change>(text).unwrap().folder;
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"folder":null}"#), Some(None));
        assert_eq!(read(r#"{"folder":"f"}"#), Some(Some("f".into())));
    }
}
