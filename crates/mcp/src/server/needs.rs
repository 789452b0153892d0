//! What a call needs, against what the client can.

use super::fault::Fault;
use super::offer::{Answer, Client, InputRequired};
use crate::protocol::{
    CallToolResult, ClientCapabilities, ElicitRequest, Elicitation, InputRequest, Object, Revision, Roots, Sampling,
};

/// The same, if the client can all of it.
///
/// Errors: [`Fault::MissingCapability`].
pub(super) fn fit<T>(answer: Answer<T>, client: &Client) -> Result<Answer<T>, Fault> {
    match &answer {
        Answer::InputRequired(required) if lacks(required, client) => {
            Err(Fault::MissingCapability(Box::new(missing(required, client))))
        }
        _ => Ok(answer),
    }
}

/// The same for a tool, where addresses to visit are given in words to who cannot be sent there.
///
/// Errors: [`Fault::MissingCapability`].
pub(super) fn fit_tool(answer: Answer<CallToolResult>, client: &Client) -> Result<Answer<CallToolResult>, Fault> {
    if let Answer::InputRequired(required) = &answer
        && let Some(words) = addresses(required)
        && lacks(required, client)
    {
        return Ok(Answer::Done(CallToolResult::failed(words)));
    }
    fit(answer, client)
}

/// Older revisions have no error for what a client cannot: the model reads it.
pub(super) fn in_words(fault: Fault, revision: Revision) -> Result<Answer<CallToolResult>, Fault> {
    match fault {
        Fault::MissingCapability(missing) if revision.has_sessions() => {
            Ok(Answer::Done(CallToolResult::failed(sentence(&missing))))
        }
        fault => Err(fault),
    }
}

fn sentence(missing: &ClientCapabilities) -> String {
    let mut needed = Vec::new();
    if missing.elicitation.is_some() {
        needed.push("ask its user (elicitation)");
    }
    if missing.sampling.is_some() {
        needed.push("lend its model (sampling)");
    }
    if missing.roots.is_some() {
        needed.push("name its roots");
    }
    format!("This tool needs a client that can {}.", needed.join(" and "))
}

/// What is asked for, in words, if nothing but visits is asked for.
fn addresses(required: &InputRequired) -> Option<String> {
    let words = |visit: &ElicitRequest| match visit {
        ElicitRequest::Url { message, url, .. } => format!("{message}\n{url}"),
        ElicitRequest::Form { message, .. } => message.clone(),
    };
    visits(required).map(|visits| visits.into_iter().map(words).collect::<Vec<_>>().join("\n"))
}

fn lacks(required: &InputRequired, client: &Client) -> bool {
    required.requests.values().any(|request| !can(request, client))
}

fn can(request: &InputRequest, Client { revision, capabilities, .. }: &Client) -> bool {
    match request {
        InputRequest::Elicitation(ElicitRequest::Url { .. }) => {
            revision.knows_url_elicitation() && capabilities.opens_addresses()
        }
        InputRequest::Elicitation(ElicitRequest::Form { .. }) => capabilities.asks_with_forms(),
        InputRequest::Sampling(request) => {
            capabilities.sampling.as_ref().is_some_and(|sampling| request.tools.is_none() || sampling.tools.is_some())
        }
        InputRequest::Roots => capabilities.roots.is_some(),
    }
}

fn missing(required: &InputRequired, client: &Client) -> ClientCapabilities {
    let mut missing = ClientCapabilities::default();
    for request in required.requests.values().filter(|request| !can(request, client)) {
        match request {
            InputRequest::Elicitation(ElicitRequest::Url { .. }) => {
                missing.elicitation.get_or_insert_with(Elicitation::default).url = Some(Object::new());
            }
            InputRequest::Elicitation(ElicitRequest::Form { .. }) => {
                missing.elicitation.get_or_insert_with(Elicitation::default).form = Some(Object::new());
            }
            InputRequest::Sampling(request) => {
                let sampling = missing.sampling.get_or_insert_with(Sampling::default);
                if request.tools.is_some() {
                    sampling.tools = Some(Object::new());
                }
            }
            InputRequest::Roots => missing.roots = Some(Roots::default()),
        }
    }
    missing
}

/// The visits that are asked for, if nothing else is.
pub(super) fn visits(required: &InputRequired) -> Option<Vec<&ElicitRequest>> {
    let visits: Option<Vec<_>> = required.requests.values().map(visit).collect();
    visits.filter(|visits| !visits.is_empty())
}

fn visit(request: &InputRequest) -> Option<&ElicitRequest> {
    match request {
        InputRequest::Elicitation(visit @ ElicitRequest::Url { .. }) => Some(visit),
        InputRequest::Elicitation(ElicitRequest::Form { .. }) | InputRequest::Sampling(_) | InputRequest::Roots => None,
    }
}
