use deputy_http::Request;
use deputy_mcp::protocol::{Message, Revision};
use deputy_mcp::server::session::Formed;
use deputy_mcp::server::{
    Arrival, Change, Endpoint, Fault, Listener, Offer as _, Part, SessionVisit, StatelessRequest,
};
use deputy_mcp::server::{events, reply, serve};
use deputy_platform::log::{Level, note};
use deputy_platform::random;
use futures::{StreamExt, stream};
use worker::{Env, Response};

use crate::convert::{outgoing, streamed};
use crate::handed::{Handed, listeners_of};
use crate::serves::{Caller, Serves};

/// Answers a request to the address of an MCP server. `own_origin` is that of the address.
///
/// Errors: the runtime's own, such as an object that cannot be reached.
pub async fn answer<S: Serves>(
    env: &Env,
    endpoint: &Endpoint,
    own_origin: &str,
    caller: &Caller,
    request: &Request,
) -> worker::Result<Response> {
    match endpoint.take(request, own_origin) {
        Arrival::Answer(answer) => outgoing(answer),
        Arrival::Stateless(asked) => stateless::<S>(env, caller, *asked).await,
        Arrival::Listen(asked) => listen::<S>(env, caller, &asked).await,
        Arrival::Begin(request) => {
            let id = random::identifier().map_err(|error| worker::Error::RustError(error.to_string()))?;
            let (owner, text) = (caller.owner.clone(), caller.text.clone());
            let begin =
                Handed::Begin { id: id.clone(), owner, caller: text, message: Message::from(request).to_value() };
            begin.to(env, S::BINDING, &id).await
        }
        Arrival::Session { id, visit } => {
            let (owner, text) = (caller.owner.clone(), caller.text.clone());
            let handed = match visit {
                SessionVisit::Post(message, accepts) => {
                    Handed::Post { owner, caller: text, message: message.to_value(), accepts }
                }
                SessionVisit::Listen { after } => Handed::Read { owner, after },
                SessionVisit::Delete => Handed::End { owner },
            };
            handed.to(env, S::BINDING, &id).await
        }
    }
}

/// Tells a caller's clients that something is another now, those that asked to be told.
pub async fn changed<S: Serves>(env: &Env, owner: &str, change: Change) {
    let change = Handed::Changed { change };
    if change.to(env, S::BINDING, &listeners_of(owner)).await.is_err() {
        note(Level::Warn, "mcp_change_not_told", None, None);
    }
}

async fn stateless<S: Serves>(env: &Env, caller: &Caller, asked: StatelessRequest) -> worker::Result<Response> {
    let (accepts, id) = (asked.accepts, asked.request.id.clone());
    let offer = match S::offer(env, &caller.text).await {
        Ok(offer) => offer,
        Err(fault) => return outgoing(reply::fault(Some(id), &fault, Revision::V2026_07_28)),
    };
    let mut parts = Box::pin(serve(offer, asked));
    // The first part decides what the answer is: JSON where nothing comes before the response.
    let first = if accepts.json {
        loop {
            match parts.next().await {
                Some(Part::Response { alone, .. }) => return outgoing(*alone),
                Some(Part::Changed(change)) => changed::<S>(env, &caller.owner, change).await,
                Some(Part::Notification(notification)) if accepts.events => break Some(event(&notification.into())),
                Some(Part::Notification(_)) => {}
                None => return outgoing(reply::fault(Some(id), &Fault::Unavailable, Revision::V2026_07_28)),
            }
        }
    } else {
        None
    };
    let (env, owner) = (env.clone(), caller.owner.clone());
    let rest = parts.filter_map(move |part| {
        let (env, owner) = (env.clone(), owner.clone());
        async move {
            match part {
                Part::Notification(notification) => Some(event(&notification.into())),
                Part::Response { message, .. } => Some(event(&message)),
                Part::Changed(change) => {
                    changed::<S>(&env, &owner, change).await;
                    None
                }
            }
        }
    });
    streamed(Box::pin(stream::iter(first).chain(rest)))
}

fn event(message: &Message) -> String {
    events::event(None, &deputy_http::json::write(message))
}

async fn listen<S: Serves>(env: &Env, caller: &Caller, asked: &StatelessRequest) -> worker::Result<Response> {
    let listener = match S::offer(env, &caller.text).await {
        Ok(offer) => Listener::of(asked, &offer.capabilities()),
        Err(fault) => Err(fault),
    };
    match listener {
        Ok(listener) => Handed::Listen { listener }.to(env, S::BINDING, &listeners_of(&caller.owner)).await,
        Err(fault) => outgoing(reply::fault(Some(asked.request.id.clone()), &fault, Revision::V2026_07_28)),
    }
}

/// What was formed of the answer in a session.
pub(crate) fn formed(formed: Formed) -> worker::Result<Response> {
    match formed {
        Formed::Whole(answer) => outgoing(*answer),
        Formed::Events(events) => streamed(events),
    }
}
