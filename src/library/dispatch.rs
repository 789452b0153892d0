use super::answer::Answer;
use super::core::{Core, Ports};
use super::requests::*;
use crate::objects::{self, Refusal};

/// Everything that a library answers.
pub(super) async fn dispatch<P: Ports>(library: &Core<P>, name: &str, body: &str) -> Result<String, Refusal> {
    objects::dispatch!(name, body, library, LibraryRequest: [ShareDocument, ListShares, RemoveShare, WhoCanSee])
}
