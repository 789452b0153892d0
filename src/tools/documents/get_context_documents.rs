use std::rc::Rc;

use deputy_agent::fields::Text;
use deputy_agent::{Authority, CallContext, Effect, Grant, Permit, Tool, ToolError, VerifiedUser};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::library::{Library, NoAnswer, Passages};
use super::refusal::{NO_LIBRARY, NO_USER, UNCHECKED, read_failed};

/// What the documents that the user may see say to a question (RG-01, RG-06).
pub struct GetContextDocuments(pub Rc<dyn Library>);

/// Input.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    #[schemars(description = "the users question")]
    question: Text<1, 2_000>,
}

/// Passages of an answer, at most (RG-08).
const WANTED: usize = 25;

impl Tool for GetContextDocuments {
    type Input = Input;
    const NAME: &'static str = "get_context_documents";
    const DESCRIPTION: &'static str =
        "Use the tool when user asks for documents or projects or anything that is stored in the knowledge base";
    const EFFECT: Effect = Effect::Reads;
    const SHOWS_DOCUMENTS: bool = true;
    const TOPICS: &'static str = "documents projects knowledge files";
    const INSTRUCTIONS: &'static str = "Whatever the user asks about documents, projects or the knowledge base, answer it from what \
        get_context_documents gives you and from nothing else. Cite each passage that you use by its number: [1], [2]. Where the \
        passages do not tell, say that you do not know, or ask for what is missing; never guess.";

    fn authority(&self, _input: &Input) -> Vec<Authority> {
        // What the user may see is asked for each document, by the library.
        vec![Authority::None]
    }

    async fn call(
        &self,
        input: Input,
        _permit: Permit,
        _grant: Grant,
        context: &dyn CallContext,
    ) -> Result<Value, ToolError> {
        passages(&input.question, self.0.as_ref(), context.user()).await
    }
}

async fn passages(question: &str, library: &dyn Library, user: Option<&VerifiedUser>) -> Result<Value, ToolError> {
    let Some(user) = user else { return Ok(NO_USER.into()) };
    match library.search(user, question, WANTED).await {
        Ok(found) => Ok(shown(found)),
        Err(NoAnswer::Missing) => Ok(NO_LIBRARY.into()),
        Err(NoAnswer::Lost(problem) | NoAnswer::Refused(problem)) => Err(read_failed(problem)),
    }
}

/// The passages, numbered as they are cited, and behind them what must be said of the list.
fn shown(found: Passages) -> Value {
    let notes = notes(&found);
    let passage = |(number, passage): (usize, super::library::Passage)| {
        json!({
            "number": number, "content": passage.content, "documentId": passage.document_id, "title": passage.title,
            "chunk": passage.chunk, "similarity": passage.similarity,
        })
    };
    let passages = (1..).zip(found.passages.into_iter().take(WANTED)).map(passage);
    passages.chain(notes.into_iter().map(|note| json!({"note": note}))).collect()
}

fn notes(found: &Passages) -> Vec<String> {
    let nothing = found.passages.is_empty() && !found.unchecked && found.cut.is_none();
    let cut = found.cut.map(|seen| {
        format!("Only the {seen} nearest passages were looked at, so something that answers this may be missing.")
    });
    let nothing = nothing.then(|| "No document that the user may see says anything about this.".to_owned());
    let unchecked = found.unchecked.then(|| UNCHECKED.to_owned());
    nothing.into_iter().chain(cut).chain(unchecked).collect()
}

#[cfg(test)]
mod tests {
    use deputy_agent::Problem;
    use futures::executor::block_on;

    use super::super::library::Passage;
    use super::super::testing::TestLibrary;
    use super::*;
    use crate::tools::testing::{input, tool, user};

    fn ask(library: &TestLibrary, user: Option<&VerifiedUser>) -> Result<Value, ToolError> {
        block_on(passages("Show me forecast for ZEKO?", library, user))
    }

    fn passage(id: &str, chunk: u32) -> Passage {
        let content = format!("Passage {chunk} of {id}.");
        Passage { document_id: id.into(), title: id.to_uppercase(), chunk, content, similarity: 0.5 }
    }

    fn finding(passages: Vec<Passage>) -> TestLibrary {
        TestLibrary { passages: Passages { passages, ..Passages::default() }, ..TestLibrary::default() }
    }

    #[test]
    fn rg_06_name_description_and_input() {
        let tool = tool("get_context_documents");
        for word in ["documents", "projects", "knowledge base"] {
            assert!(tool.description.contains(word), "{}", tool.description);
        }
        let question = &tool.parameters["properties"]["question"];
        assert_eq!(question["description"], "the users question");
        assert_eq!(tool.parameters["required"], json!(["question"]));
        assert!(input::<GetContextDocuments>(json!({"question": " "})).is_err());
        assert!(input::<GetContextDocuments>(json!({"question": "x".repeat(2_001)})).is_err());
        // RG-21: there is no input that could name somebody.
        assert_eq!(tool.parameters["properties"].as_object().map(serde_json::Map::len), Some(1));
    }

    /// RG-08: the documents' words where there is nobody, and where there is no store.
    #[test]
    fn rg_08_without_a_user_or_a_store() {
        let library = finding(vec![passage("secret", 0)]);
        assert_eq!(ask(&library, None), Ok(json!("There is no user logged in.")));
        assert!(library.asked().is_empty(), "nobody is asked for nobody");
        let none = TestLibrary { fails: Some(NoAnswer::Missing), ..TestLibrary::default() };
        assert_eq!(ask(&none, Some(&user())), Ok(json!("There is no vector store.")));
    }

    /// RG-08, RG-16, RG-21: a list in its order, with the numbers it is cited by, asked for the verified user.
    #[test]
    fn rg_08_a_list_of_passages_with_their_numbers() {
        let library = finding(vec![passage("b", 3), passage("a", 0)]);
        let list = ask(&library, Some(&user())).unwrap();
        assert_eq!(
            list,
            json!([
                {"number": 1, "content": "Passage 3 of b.", "documentId": "b", "title": "B", "chunk": 3, "similarity": 0.5},
                {"number": 2, "content": "Passage 0 of a.", "documentId": "a", "title": "A", "chunk": 0, "similarity": 0.5},
            ])
        );
        assert_eq!(library.asked(), ["auth0|ana: search 25 Show me forecast for ZEKO?"]);
        let many = finding((0..40).map(|chunk| passage("a", chunk)).collect());
        assert_eq!(ask(&many, Some(&user())).unwrap().as_array().map(Vec::len), Some(25));
    }

    /// What a list does not hold is said: nothing found, given up, not checked. Each in words that tell nothing of what was denied.
    #[test]
    fn rg_01_what_is_missing_is_said() {
        let note = |found: Passages| {
            let library = TestLibrary { passages: found, ..TestLibrary::default() };
            let list = ask(&library, Some(&user())).unwrap();
            let notes = list.as_array().unwrap().iter().filter_map(|item| item["note"].as_str().map(str::to_owned));
            notes.collect::<Vec<_>>()
        };
        let all = || Passages { passages: vec![passage("a", 0)], ..Passages::default() };
        assert!(note(all()).is_empty());
        assert_eq!(note(Passages::default()), ["No document that the user may see says anything about this."]);
        let cut = note(Passages { cut: Some(200), ..all() });
        assert!(cut.len() == 1 && cut[0].contains("200"), "{cut:?}");
        let unchecked = note(Passages { unchecked: true, ..Passages::default() });
        assert!(unchecked.len() == 1 && unchecked[0].contains("could not be checked"), "{unchecked:?}");
    }

    #[test]
    fn a_library_that_fails_is_a_sentence() {
        let problem = Problem { code: "object_unreachable".into(), message: "Please try again.".into() };
        let lost = TestLibrary { fails: Some(NoAnswer::Lost(problem)), ..TestLibrary::default() };
        let Err(ToolError::Refused { code, message }) = ask(&lost, Some(&user())) else { panic!("refused") };
        assert_eq!((code, message.as_str()), ("documents_unavailable", "Please try again."));
    }
}
