use super::answer::Answer;
use super::core::{Core, Ports};
use super::requests::{
    AddDocument, AddFolder, ChangeDocument, ChangeFolder, CheckRelation, FgaCall, LibraryRequest, ListDocuments,
    ListShares, ReadContent, ReadDocument, ReadPassage, RemoveDocument, RemoveFolder, RemoveShare, SearchDocuments,
    ShareDocument, WhoCanSee,
};
use crate::objects::{self, Refusal};

/// Everything that a library answers.
pub(super) async fn dispatch<P: Ports>(library: &Core<P>, name: &str, body: &str) -> Result<String, Refusal> {
    objects::dispatch!(name, body, library, LibraryRequest: [
        AddDocument,
        ListDocuments,
        ReadDocument,
        ReadContent,
        ReadPassage,
        ChangeDocument,
        RemoveDocument,
        AddFolder,
        ChangeFolder,
        RemoveFolder,
        SearchDocuments,
        CheckRelation,
        FgaCall,
        ShareDocument,
        ListShares,
        RemoveShare,
        WhoCanSee,
    ])
}
