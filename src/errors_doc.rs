//! `docs/errors.md`: every stable code, from the types and from the refusals in the source. This test keeps the two together.

mod fga;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use deputy_agent::{ScheduleError, ToolError, Unrelated};
use deputy_auth0 as auth0;
use deputy_documents::embeddings::EmbeddingsError;
use deputy_documents::read::{MOST_BYTES, ReadError};
use deputy_error::{Explained, Explanation, Retry};
use deputy_mcp::client::authorization::AuthorizationError;
use deputy_mcp::client::{AddressError, ClientError};
use deputy_mcp::server::Fault;
use deputy_models::ModelError;
use deputy_wire::{FrameError, FrameProblem};
use strum::IntoEnumIterator;

use crate::config::{SettingsError, SettingsProblem};
use crate::edge::documents::error::RequestError;
use crate::edge::documents::form::UploadError;
use crate::edge::mcp::facade::error::FacadeError;
use crate::library::{LibraryError, RightsError, SharingError};
use crate::tools::defined::DefinitionProblem;
use crate::tools::mcp::ServerProblem;
use crate::tools::provider::ProviderProblem;

const REWRITE: &str = "DEPUTY_WRITE_DOCS";

/// Rows of a type, one for each variant that has a code of its own.
fn all<E: Explained + IntoEnumIterator>() -> Vec<String> {
    E::iter().map(|error| row(&error.explanation())).collect()
}

fn row(Explanation { code, user_message, developer_fix, retry }: &Explanation<'_>) -> String {
    let retry = match retry {
        Retry::Never => "no",
        Retry::Later => "later",
        Retry::NotBefore(_) => "not before the time given",
    };
    format!("| `{code}` | {} | {} | {retry} |", cell(user_message), cell(developer_fix))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn models() -> Vec<String> {
    let sample = |error| match error {
        ModelError::NotFound(_) => ModelError::NotFound("its name".to_owned()),
        ModelError::NoTools(_) => ModelError::NoTools("its name".to_owned()),
        ModelError::Down { .. } => ModelError::Down { status: 502 },
        ModelError::Rejected { reason, .. } => ModelError::Rejected { status: 400, reason },
        ModelError::ArgumentsTooLarge { .. } => ModelError::ArgumentsTooLarge { limit: 65_536 },
        other => other,
    };
    ModelError::iter().map(sample).map(|error| row(&error.explanation())).collect()
}

fn providers() -> Vec<String> {
    let sample = |problem| match problem {
        ProviderProblem::Refused { .. } => ProviderProblem::Refused { status: 422, said: String::new() },
        ProviderProblem::Down { .. } => ProviderProblem::Down { status: 503 },
        other => other,
    };
    ProviderProblem::iter().map(sample).map(|problem| row(&problem.explanation())).collect()
}

fn servers() -> Vec<String> {
    let sample = |problem| match problem {
        ServerProblem::AsksForPage { .. } => ServerProblem::AsksForPage { url: "its address".to_owned() },
        other => other,
    };
    ServerProblem::iter().map(sample).map(|problem| row(&problem.explanation())).collect()
}

fn documents() -> Vec<String> {
    let sample = |error| match error {
        ReadError::TooLarge { .. } => ReadError::TooLarge { most: MOST_BYTES },
        other => other,
    };
    ReadError::iter().map(sample).map(|error| row(&error.explanation())).collect()
}

fn embeddings() -> Vec<String> {
    let sample = |error| match error {
        EmbeddingsError::Rejected { .. } => EmbeddingsError::Rejected { status: 400 },
        other => other,
    };
    EmbeddingsError::iter().map(sample).map(|error| row(&error.explanation())).collect()
}

fn mcp() -> Vec<String> {
    let sample = |fault| match fault {
        Fault::NotThere { .. } => Fault::NotThere { name: "its name".to_owned() },
        Fault::InvalidParams { .. } => Fault::invalid("A sentence that names the parameter."),
        Fault::HeaderMismatch { .. } => Fault::HeaderMismatch { header: "Mcp-Param-Region".to_owned() },
        other => other,
    };
    Fault::iter().map(sample).map(|fault| row(&fault.explanation())).collect()
}

fn frames() -> Vec<String> {
    let sample = |problem| match problem {
        FrameProblem::FrameTooLarge { .. } => FrameProblem::FrameTooLarge { bytes: 1_200_000 },
        FrameProblem::FieldMissing { .. } => FrameProblem::FieldMissing { field: "id" },
        FrameProblem::FieldInvalid { .. } => FrameProblem::FieldInvalid { field: "id" },
        FrameProblem::IdTooLong { .. } => FrameProblem::IdTooLong { field: "id" },
        FrameProblem::TextTooLong { .. } => FrameProblem::TextTooLong { bytes: 100_000 },
        other => other,
    };
    FrameProblem::iter().map(sample).map(|problem| row(&FrameError::from(problem).explanation())).collect()
}

fn settings() -> Vec<String> {
    let error = |problem| SettingsError { setting: "NAME", problem, fix: "What the setting needs.".into() };
    SettingsProblem::iter().map(error).map(|error| row(&error.explanation())).collect()
}

fn schedules() -> Vec<String> {
    let sample = |error| match error {
        ScheduleError::Cron(_) => ScheduleError::Cron("0 25 * * *".to_owned()),
        ScheduleError::Zone(_) => ScheduleError::Zone("Mars/Base".to_owned()),
        ScheduleError::Limit(_) => ScheduleError::Limit("At most 50 schedules at a time.".to_owned()),
        other => other,
    };
    ScheduleError::iter().map(sample).map(|error| row(&error.explanation())).collect()
}

/// Those that are not a provider's: these have rows of their own.
fn tools() -> Vec<String> {
    let sentence = || "The tool's own sentence.".to_owned();
    let errors = [ToolError::Answer(sentence()), ToolError::OutcomeUnknown(sentence())];
    errors.iter().map(|error| row(&error.explanation())).collect()
}

fn sections() -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("Settings", settings()),
        ("Settings: tools in data", all::<DefinitionProblem>()),
        ("Settings: issuer", all::<auth0::IssuerError>()),
        ("Settings: key ring", all::<auth0::KeyRingError>()),
        ("Settings: the client's private key", all::<auth0::PrivateKeyError>()),
        ("The tenant or our client there is not set up", all::<auth0::Misconfiguration>()),
        ("Discovery", all::<auth0::DiscoveryError>()),
        ("Signing keys of the tenant", all::<auth0::JwksError>()),
        ("Tokens that are not accepted", all::<auth0::JwtError>()),
        ("Settings: custom token exchange", all::<auth0::SubjectTokenTypeError>()),
        ("Bearer tokens", all::<auth0::BearerError>()),
        ("Callback of a log-in", all::<auth0::CallbackError>()),
        ("Pushed authorization request", all::<auth0::ParError>()),
        ("Client assertion", all::<auth0::AssertionError>()),
        ("Token endpoint", all::<auth0::TokenError>()),
        ("`/userinfo`", all::<auth0::UserinfoError>()),
        ("Token Vault", all::<auth0::ExchangeError>()),
        ("Token Vault: privileged worker", all::<auth0::PrivilegedRequestError>()),
        ("Connected accounts", all::<auth0::MyAccountError>()),
        ("Account linking", all::<auth0::LinkingError>()),
        ("Approvals: the question", all::<auth0::BackchannelError>()),
        ("Approvals: the message on the device", all::<auth0::BindingMessageError>()),
        ("Approvals: the details on the device", all::<auth0::AuthorizationDetailsError>()),
        ("Approvals: the answer", all::<auth0::PollError>()),
        ("Approvals: who answered", all::<auth0::ApproverError>()),
        ("What is sealed", vec![row(&auth0::SealError.explanation())]),
        ("Schedules", schedules()),
        ("Tools", tools()),
        ("Relations of tools", Unrelated::ALL.iter().map(|why| row(&why.explanation())).collect()),
        ("Providers of tools", providers()),
        ("MCP servers of the user", servers()),
        ("The language model", models()),
        ("Documents and folders", all::<LibraryError>()),
        ("Rights to documents", vec![row(&RightsError::NotSettled.explanation())]),
        ("Shares of documents", all::<SharingError>()),
        ("Documents: what is uploaded", documents()),
        ("Documents: embeddings", embeddings()),
        ("Documents: the form of an upload", all::<UploadError>()),
        ("MCP: the authorization façade", all::<FacadeError>()),
        ("Documents: what is asked over HTTP", all::<RequestError>()),
        ("Frames of a client", frames()),
        ("MCP servers: addresses", all::<AddressError>()),
        ("MCP servers: log-in", all::<AuthorizationError>()),
        ("MCP servers: calls", all::<ClientError>()),
        ("MCP: requests of clients", mcp()),
        ("Fine-grained authorization: settings", fga::settings()),
        ("Fine-grained authorization: the service", fga::service()),
        ("Fine-grained authorization: our evaluator", fga::evaluator()),
        ("Fine-grained authorization: models as text", fga::texts()),
    ]
}

/// A refusal that is written out in the source: `Refusal::new(STATUS, "code", "sentence")` and its short forms.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Written {
    code: String,
    status: String,
    sentence: String,
}

fn written(source: &str) -> Vec<Written> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some((_, after)) = rest.split_once("Refusal::") {
        rest = after;
        let call = |name: &str| after.strip_prefix(name).map(str::trim_start);
        let refusal = if let Some(arguments) = call("new(") {
            arguments.split_once(',').and_then(|(status, arguments)| {
                let (code, arguments) = literal(arguments)?;
                let sentence = arguments.trim_start().strip_prefix(',').and_then(literal).map(|(text, _)| text);
                status.bytes().all(|b| b.is_ascii_digit()).then(|| (status.to_owned(), code, sentence))
            })
        } else if let Some((code, _)) = call("internal(").and_then(literal) {
            Some(("500".to_owned(), code, Some("Something went wrong on our side. Please try again.".to_owned())))
        } else {
            call("limit(").and_then(literal).map(|(code, _)| ("429".to_owned(), code, None))
        };
        if let Some((status, code, sentence)) = refusal {
            let sentence = sentence.unwrap_or_else(|| "a sentence that names the case".to_owned());
            found.push(Written { code, status, sentence });
        }
    }
    found
}

/// A string literal at the start of the text, and what comes after it.
fn literal(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let mut out = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((out, text.get(at + 1..)?)),
            '\\' => match characters.next()?.1 {
                '\n' => {
                    let rest = text.get(at + 2..)?;
                    for _ in 0..rest.len() - rest.trim_start().len() {
                        characters.next();
                    }
                }
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    None
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "tests") {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn refusals(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let mut all: Vec<Written> = files
        .iter()
        .filter(|file| !file.ends_with("errors_doc.rs"))
        .flat_map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            written(text.split("#[cfg(test)]").next().unwrap_or_default())
        })
        .collect();
    all.sort();
    all.dedup();
    all.iter()
        .map(|Written { code, status, sentence }| format!("| `{code}` | {status} | {} |", cell(sentence)))
        .collect()
}

fn document(root: &Path) -> String {
    let mut out = String::from(
        "# Every stable code\n\nGenerated from the types and the source by a test, which fails when this page differs; with \
         `DEPUTY_WRITE_DOCS=1` it writes the page.\nAn answer has the code beside its sentence (`{\"error\", \"code\", \"id\"}`), \
         a log line beside its event. Where a type says that the tenant is not set\nup, the code is one of \
         that table.\n",
    );
    for (title, rows) in sections() {
        let _ = write!(out, "\n## {title}\n\n| code | the user reads | to change | retry |\n|---|---|---|---|\n");
        rows.iter().for_each(|row| {
            let _ = writeln!(out, "{row}");
        });
    }
    out.push_str("\n## Refusals of routes and calls\n\n| code | status | the user reads |\n|---|---|---|\n");
    refusals(root).iter().for_each(|row| {
        let _ = writeln!(out, "{row}");
    });
    out
}

#[test]
fn docs_errors_md_has_every_code_as_the_types_say_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = root.join("docs/errors.md");
    let text = document(root);
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&page, &text).unwrap();
    }
    let there = std::fs::read_to_string(&page).unwrap_or_default();
    let differs = there.lines().zip(text.lines()).find(|(left, right)| left != right);
    assert!(
        there == text,
        "docs/errors.md is not what the types say, first at {differs:?}. To write it anew: {REWRITE}=1 cargo test -p deputy docs_errors_md"
    );
}

#[test]
fn every_code_is_of_plain_characters_and_every_sentence_ends() {
    for (title, rows) in sections() {
        assert!(!rows.is_empty(), "{title}");
        for row in rows {
            let code = row.split('`').nth(1).unwrap();
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            assert!(!code.is_empty() && code.bytes().all(plain), "{title}: {row}");
            assert!(!row.contains("|  |"), "{title}: nothing is left out: {row}");
        }
    }
}

#[test]
fn refusals_are_found_in_all_their_forms() {
    let source = r#"
        Refusal::new(401, "session_ended", "You are signed out. Please log in again.")
        Refusal::new(
            409,
            "two_lines",
            "One \
             sentence.",
        )
        Refusal::new(429, code, message); Refusal::internal("broken"); Refusal::limit("limit_x", message)
        Refusal::new(400, "spelled", message)"#;
    let codes: Vec<_> = written(source).into_iter().map(|one| (one.status, one.code, one.sentence)).collect();
    let of = |status: &str, code: &str, sentence: &str| (status.to_owned(), code.to_owned(), sentence.to_owned());
    assert_eq!(
        codes,
        [
            of("401", "session_ended", "You are signed out. Please log in again."),
            of("409", "two_lines", "One sentence."),
            of("500", "broken", "Something went wrong on our side. Please try again."),
            of("429", "limit_x", "a sentence that names the case"),
            of("400", "spelled", "a sentence that names the case"),
        ]
    );
}
