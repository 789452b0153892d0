use deputy_agent::ToolError;
use deputy_http::{HeaderMap, append_query};
use serde_json::{Value, json};

use super::link::next_link;
use super::{Caller, ProviderProblem, shape};

/// How a provider says that a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// By a token in the answer, at this JSON pointer, for this parameter of the next request.
    Token(&'static str, &'static str),
    /// By a link in the head (RFC 8288).
    Link,
    /// By a path in the answer, at this JSON pointer.
    Path(&'static str),
}

/// How much of a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// Records; a page may bring a few more.
    pub records: usize,
    /// Requests.
    pub pages: usize,
}

/// What was read of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pages {
    /// The records, in the provider's order.
    pub records: Vec<Value>,
    /// The first answer, with whatever else it says.
    pub first: Value,
    /// Why this is not all, as a sentence; none when it is.
    pub rest: Option<String>,
}

/// Pairs of a query.
type Pairs<'q> = &'q [(&'q str, &'q str)];

/// How long all requests of a list together may take, milliseconds.
const MAX_MS: u64 = 20_000;

impl<'a> Caller<'a> {
    /// The list at a JSON pointer of `GET path?query` and of the pages after it. `later` are the parameters that the further pages
    /// have otherwise.
    ///
    /// Errors: those of the first page; that the token is refused. A later page that cannot be read ends the list, which says so.
    pub async fn pages(
        &self,
        path: &str,
        (query, later): (Pairs<'_>, Pairs<'_>),
        (next, pointer): (Next, &str),
        bound: Bound,
    ) -> Result<Pages, ToolError> {
        let mut read = Pages::default();
        let begun = self.context.now();
        let mut url = append_query(&self.url(path), query.iter().copied());
        for page in 1.. {
            let (body, head) = match self.open(self.read_from(&url)).await {
                Ok(answer) => answer,
                Err(error) if page == 1 || error.problem == ProviderProblem::NeedsConnection => {
                    return Err(error.into());
                }
                Err(error) => {
                    read.rest = Some(format!("The list is not complete: {}", error.user_message()));
                    return Ok(read);
                }
            };
            read.records.extend_from_slice(shape::list(&body, pointer, self)?);
            let following = self.following(path, query, later, next, &body, &head);
            if page == 1 {
                read.first = body;
            }
            if partial(&head) {
                read.rest = Some(format!(
                    "This list is partial: {} leaves out what belongs to organizations whose single sign-on is missing.",
                    self.provider.name()
                ));
            }
            match following {
                Following::None => return Ok(read),
                Following::Url(next) if next != url && page < bound.pages && read.records.len() < bound.records => {
                    if self.context.now().saturating_sub(begun) > MAX_MS {
                        break;
                    }
                    url = next;
                }
                Following::Url(_) | Following::Elsewhere => break,
            }
        }
        read.rest = Some(match read.records.len() {
            0 => "Nothing was found so far, but there is more that was not read.".to_owned(),
            count => format!("This list is partial: only the first {count} are here, there are more."),
        });
        Ok(read)
    }

    fn following(
        &self,
        path: &str,
        query: Pairs<'_>,
        later: Pairs<'_>,
        next: Next,
        body: &Value,
        head: &HeaderMap,
    ) -> Following {
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        let url = match next {
            Next::Token(parameter, pointer) => text(pointer).map(|token| {
                let kept = query.iter().filter(|(name, _)| later.iter().all(|(other, _)| name != other));
                append_query(&self.url(path), kept.chain(later).copied().chain([(parameter, token)]))
            }),
            Next::Link => next_link(head),
            Next::Path(pointer) => text(pointer).map(|path| self.url(path)),
        };
        match url {
            None => Following::None,
            Some(url) if self.provider.0.may_be_sent_to(&url) => Following::Url(url),
            Some(_) => Following::Elsewhere,
        }
    }
}

/// What comes after a page.
enum Following {
    None,
    Url(String),
    /// A place that takes no token of this provider.
    Elsewhere,
}

/// True when the provider says that it left something out.
fn partial(head: &HeaderMap) -> bool {
    head.get("x-github-sso")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("partial-results"))
}

/// A list as a result: itself when it is all there is, else with what is missing said beside it.
pub fn with_rest(member: &str, list: Value, rest: Option<String>) -> Value {
    match rest {
        None => list,
        Some(rest) => json!({member: list, "partial": rest}),
    }
}
