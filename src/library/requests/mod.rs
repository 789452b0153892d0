//! What may be asked of a library, and what it answers. Whoever asks needs nothing else of this room.

mod documents;
mod fga;
mod folders;
mod person;
mod place;
mod request;
mod rights;
mod search;

pub use documents::{
    AddDocument, ChangeDocument, Content, DocumentView, ListDocuments, Listing, PassageView, ReadContent, ReadDocument,
    ReadPassage, RemoveDocument, VisibleDocuments,
};
pub use fga::{FgaCall, FgaReply};
pub use folders::{AddFolder, ChangeFolder, FolderView, ListFolders, RemoveFolder};
pub use person::Person;
pub use request::LibraryRequest;
pub use rights::{
    Audience, CheckRelation, ItemKind, ListShares, RelationChecked, RemoveShare, ShareDocument, ShareView, ShareWith,
    Viewer, WhoCanSee,
};
pub use search::{Found, Passage, SearchDocuments};

/// Whether a request of this name can be answered twice.
pub fn only_reads(name: &str) -> bool {
    READS.contains(&name)
}

/// The name on the way and the reply of each request, and which of them change nothing but what an invitation is bound to.
macro_rules! requests {
    (reads { $($read:ident $read_name:literal -> $read_reply:ty;)* } changes { $($change:ident $name:literal -> $reply:ty;)* }) => {
        requests! { $($read $read_name -> $read_reply;)* $($change $name -> $reply;)* }

        const READS: &[&str] = &[$($read_name),*];
    };
    ($($request:ident $name:literal -> $reply:ty;)*) => {$(
        impl LibraryRequest for $request {
            const NAME: &'static str = $name;
            type Reply = $reply;
        }
    )*};
}

requests! {
    reads {
        ListDocuments "list_documents" -> Listing;
        ListFolders "list_folders" -> Vec<FolderView>;
        ReadDocument "read_document" -> DocumentView;
        ReadContent "read_content" -> Content;
        ReadPassage "read_passage" -> PassageView;
        SearchDocuments "search_documents" -> Found;
        VisibleDocuments "visible_documents" -> Vec<String>;
        ListShares "list_shares" -> Vec<ShareView>;
        WhoCanSee "who_can_see" -> Audience;
        CheckRelation "check_relation" -> RelationChecked;
    }
    changes {
        AddDocument "add_document" -> DocumentView;
        ChangeDocument "change_document" -> DocumentView;
        RemoveDocument "remove_document" -> ();
        AddFolder "add_folder" -> FolderView;
        ChangeFolder "change_folder" -> FolderView;
        RemoveFolder "remove_folder" -> ();
        ShareDocument "share_document" -> ShareView;
        RemoveShare "remove_share" -> ();
        FgaCall "fga_call" -> FgaReply;
    }
}
