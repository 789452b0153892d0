use super::answer::Answer;
use super::core::{Core, Ports};
use super::requests::{
    AddDocument, AddFolder, ChangeDocument, ChangeFolder, CheckRelation, FgaCall, LibraryRequest, ListDocuments,
    ListFolders, ListShares, ReadContent, ReadDocument, ReadPassage, RemoveDocument, RemoveFolder, RemoveShare,
    SearchDocuments, ShareDocument, VisibleDocuments, WhoCanSee, only_reads,
};
use super::rights::RightsError;
use crate::objects::{self, Refusal};

/// How often a question is answered anew because rights were taken away meanwhile.
const MOST_ANSWERS: usize = 4;

/// Everything that a library answers. What is read while something is taken from somebody is read again: an answer is of after that.
pub(super) async fn dispatch<P: Ports>(library: &Core<P>, name: &str, body: &str) -> Result<String, Refusal> {
    for _ in 0..MOST_ANSWERS {
        let before = library.rights.taken();
        let answer = answer(library, name, body).await;
        if !only_reads(name) || library.rights.taken() == before {
            return answer;
        }
    }
    Err(RightsError::NotSettled.into())
}

async fn answer<P: Ports>(library: &Core<P>, name: &str, body: &str) -> Result<String, Refusal> {
    objects::dispatch!(name, body, library, LibraryRequest: [
        AddDocument,
        ListDocuments,
        ReadDocument,
        ReadContent,
        ReadPassage,
        ChangeDocument,
        RemoveDocument,
        ListFolders,
        AddFolder,
        ChangeFolder,
        RemoveFolder,
        SearchDocuments,
        VisibleDocuments,
        CheckRelation,
        FgaCall,
        ShareDocument,
        ListShares,
        RemoveShare,
        WhoCanSee,
    ])
}
