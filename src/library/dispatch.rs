use serde::Deserialize;

use super::access::Asker;
use super::answer::Answer;
use super::core::{Core, Ports};
use super::requests::{
    AddDocument, AddFolder, ChangeDocument, ChangeFolder, CheckRelation, FgaCall, LibraryRequest, ListDocuments,
    ListFolders, ListShares, Person, ReadContent, ReadDocument, ReadPassage, RemoveDocument, RemoveFolder, RemoveShare,
    SearchDocuments, ShareDocument, VisibleDocuments, WhoCanSee, only_reads,
};
use super::rights::RightsError;
use crate::objects::{self, Refusal};

/// How often a question is answered anew because rights were taken away meanwhile.
const MOST_ANSWERS: usize = 4;

/// Everything that a library answers. What is read while something is taken from whom it is about is read again: an answer is of after
/// that.
pub(super) async fn dispatch<P: Ports>(library: &Core<P>, name: &str, body: &str) -> Result<String, Refusal> {
    if !only_reads(name) {
        return answer(library, name, body).await;
    }
    let asker = only_asker(library, name, body);
    let taken = || library.rights.taken(asker.as_ref().map(Asker::user));
    for _ in 0..MOST_ANSWERS {
        let before = taken();
        let answer = answer(library, name, body).await;
        if taken() == before {
            return answer;
        }
    }
    Err(RightsError::NotSettled.into())
}

/// Whoever asks, if the answer depends on no other person's rights.
fn only_asker<P: Ports>(library: &Core<P>, name: &str, body: &str) -> Option<Asker> {
    #[derive(Deserialize)]
    struct Asked {
        who: Person,
    }
    if name == WhoCanSee::NAME {
        return None;
    }
    let Asked { who } = deputy_http::json::read(body.as_bytes()).ok()?;
    Some(library.asker_of(&who))
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
