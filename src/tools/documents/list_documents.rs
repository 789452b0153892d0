use std::rc::Rc;

use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError, VerifiedUser};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::library::{Document, Library, NoAnswer};
use super::refusal::{NO_LIBRARY, NO_USER, UNCHECKED, read_failed};

/// The documents that the user may see, by title (RG-10).
pub struct ListDocuments(pub Rc<dyn Library>);

/// No input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {}

/// Documents of an answer, at most.
const MOST: usize = 200;

impl Tool for ListDocuments {
    type Input = Input;
    const NAME: &'static str = "list_documents";
    const DESCRIPTION: &'static str = "List the titles of the documents in the knowledge base that the user may see. It does not say what stands in them";
    const EFFECT: Effect = Effect::Reads;
    const SHOWS_DOCUMENTS: bool = true;
    const TOPICS: &'static str = "documents files knowledge";

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        vec![Authority::None]
    }

    async fn call(
        &self,
        _input: Input,
        _permit: Permit,
        _grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        documents(self.0.as_ref(), context.user()).await
    }
}

async fn documents(library: &dyn Library, user: Option<&VerifiedUser>) -> Result<Value, ToolError> {
    let Some(user) = user else { return Ok(NO_USER.into()) };
    let listing = match library.list(user).await {
        Ok(listing) => listing,
        Err(NoAnswer::Missing) => return Ok(NO_LIBRARY.into()),
        Err(NoAnswer::Lost(problem) | NoAnswer::Refused(problem)) => return Err(read_failed(problem)),
    };
    let partial = listing.cut || listing.documents.len() > MOST;
    let shown = |document: &Document| {
        let Document { id, title, mine, everybody } = document;
        json!({"documentId": id, "title": title, "mine": mine, "everybody": everybody})
    };
    let documents: Vec<Value> = listing.documents.iter().take(MOST).map(shown).collect();
    let mut answer = json!({"documents": documents});
    if let Some(members) = answer.as_object_mut() {
        members.extend(partial.then(|| ("partial".to_owned(), true.into())));
        members.extend(listing.unchecked.then(|| ("note".to_owned(), UNCHECKED.into())));
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::super::library::Documents;
    use super::super::testing::TestLibrary;
    use super::*;
    use crate::tools::testing::user;

    fn list(documents: usize, unchecked: bool, who: Option<&VerifiedUser>) -> Value {
        let document = |number| Document { id: format!("d{number}"), title: "T".into(), mine: true, everybody: false };
        let documents = Documents { documents: (0..documents).map(document).collect(), cut: false, unchecked };
        let library = TestLibrary { documents, ..TestLibrary::default() };
        block_on(super::documents(&library, who)).unwrap()
    }

    #[test]
    fn rg_10_titles_and_what_is_missing() {
        let user = user();
        let one = json!({"documentId": "d0", "title": "T", "mine": true, "everybody": false});
        assert_eq!(list(1, false, Some(&user)), json!({"documents": [one]}));
        assert_eq!(list(0, true, Some(&user)), json!({"documents": [], "note": UNCHECKED}));
        let many = list(201, false, Some(&user));
        assert_eq!((many["documents"].as_array().map(Vec::len), &many["partial"]), (Some(200), &json!(true)));
        assert_eq!(list(1, false, None), json!("There is no user logged in."));
    }
}
