use futures::{Stream, StreamExt, future};
use serde_json::{Value, json};

use super::dispatch::{Outcome, add_cache, dispatch, inputs_of, object};
use super::offer::{Change, Offer};
use super::running::{Event, Running, Wants};
use super::stateless::StatelessRequest;
use super::{mirrored, reply};
use crate::protocol::{CacheHint, Message, Notification, Object, Response, Revision, meta, method};

/// What an answer of 2026-07-28 is made of, in order.
#[derive(Debug)]
pub enum Part {
    /// A notification; then the answer is a stream, or this is left out.
    Notification(Notification),
    /// Something that was offered is another now: for who listens.
    Changed(Change),
    /// The response, as the whole answer and as the end of a stream.
    Response {
        /// Where nothing was sent before.
        alone: Box<deputy_http::Response>,
        /// Where a stream has begun.
        message: Message,
    },
}

/// Answers a request of 2026-07-28. Dropped, it is cancelled, as the revision has it: a client that closes the stream wants no more.
pub fn serve<O: Offer + 'static>(offer: O, asked: StatelessRequest) -> impl Stream<Item = Part> + 'static {
    let wants = Wants { progress: asked.progress_token(), level: asked.log_level };
    let server = object(&offer.implementation());
    let id = asked.request.id.clone();
    let running = Running::begin(wants, |told| async move {
        let StatelessRequest { request, client, .. } = &asked;
        if request.method == method::DISCOVER {
            return Ok(Outcome::Done(discovered(&offer)));
        }
        mirrored::check(&offer, &asked).await?;
        let inputs = inputs_of(&request.params)?;
        dispatch(&offer, request, inputs, client, &told).await
    });
    running.filter_map(move |event| {
        future::ready(match event {
            Event::Notification(notification) => Some(Part::Notification(notification)),
            Event::Changed(change) => Some(Part::Changed(change)),
            Event::HangUp => None,
            Event::Done(outcome) => {
                let outcome = outcome.map(|outcome| complete(outcome, &server));
                let alone = match &outcome {
                    Ok(result) => reply::message(200, &Response::new(id.clone(), Ok(result.clone())).into()),
                    Err(fault) => reply::fault(Some(id.clone()), fault, Revision::V2026_07_28),
                };
                let outcome = outcome.map_err(|fault| fault.to_error(Revision::V2026_07_28));
                Some(Part::Response { alone: Box::new(alone), message: Response::new(id.clone(), outcome).into() })
            }
        })
    })
}

/// The result, with what every result of the revision has.
fn complete(outcome: Outcome, server: &Object) -> Value {
    let (mut result, kind) = match outcome {
        Outcome::Done(result) => (result, "complete"),
        Outcome::InputRequired(required) => {
            let mut result = Object::new();
            if !required.requests.is_empty() {
                result.insert("inputRequests".to_owned(), json!(required.requests));
            }
            result.extend(required.state.map(|state| ("requestState".to_owned(), state.into())));
            (result, "input_required")
        }
    };
    result.insert("resultType".to_owned(), kind.into());
    let names = result.entry("_meta").or_insert_with(|| json!({}));
    if let Value::Object(names) = names {
        names.insert(meta::SERVER_INFO.to_owned(), json!(server));
    }
    Value::Object(result)
}

fn discovered(offer: &impl Offer) -> Object {
    let mut result = Object::new();
    result.insert("supportedVersions".to_owned(), json!(Revision::ALL));
    result.insert("capabilities".to_owned(), json!(offer.capabilities()));
    result.extend(offer.instructions().map(|instructions| ("instructions".to_owned(), instructions.into())));
    add_cache(&mut result, CacheHint::NONE);
    result
}
