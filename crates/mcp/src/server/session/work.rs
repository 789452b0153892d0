use std::rc::Rc;

use futures::StreamExt;
use futures::future::{AbortHandle, Abortable};
use serde_json::json;

use super::about::{Asked, Call, Waits};
use super::state::Session;
use super::store::{SessionStore, StoreFailed};
use crate::protocol::{ElicitRequest, LoggingLevel, Object, Request, Response, Revision, RpcError, code};
use crate::server::dispatch::{Outcome, dispatch, object};
use crate::server::fault::Fault;
use crate::server::offer::{Change, InputRequired, Offer};
use crate::server::running::{Event, Running, Wants};
use crate::server::{needs, reply, stateless};

impl<S: SessionStore + 'static> Session<S> {
    /// Works on the call of a stream until it is answered, or waits for the client. `changed` is told what the call changed.
    ///
    /// Errors: the storage failed. Whoever reads the stream is answered that; who does not is when the session is opened the next time.
    pub async fn work(
        self: Rc<Self>,
        stream: u64,
        offer: impl Offer + 'static,
        changed: impl Fn(Change),
    ) -> Result<(), StoreFailed> {
        let (handle, registration) = AbortHandle::new_pair();
        self.running.borrow_mut().insert(stream, handle);
        let done = Abortable::new(self.run(stream, offer, changed), registration).await;
        self.running.borrow_mut().remove(&stream);
        // Cancelled is done too.
        let done = done.unwrap_or(Ok(()));
        if done.is_err() {
            self.detach(stream);
        }
        done
    }

    async fn run(&self, stream: u64, offer: impl Offer + 'static, changed: impl Fn(Change)) -> Result<(), StoreFailed> {
        let Some(call) = Call::load(&self.store, stream)? else { return Ok(()) };
        let done = self.carry_out(stream, call.clone(), offer, changed).await;
        if done.is_err() {
            // What failed is reported either way.
            let _ = self.answer(stream, &call, Err(Fault::Unavailable));
        }
        done
    }

    async fn carry_out(
        &self,
        stream: u64,
        mut call: Call,
        offer: impl Offer + 'static,
        changed: impl Fn(Change),
    ) -> Result<(), StoreFailed> {
        let inputs = call.inputs();
        if call.waits.take().is_some() {
            call.keep(&self.store, stream)?;
        }
        let (client, level) = {
            let about = self.about.borrow();
            (about.client(), about.level.unwrap_or(LoggingLevel::Info))
        };
        let wants = Wants { progress: stateless::progress_token(&call.params), level: Some(level) };
        let request = call.request();
        let mut running =
            Running::begin(wants, |told| async move { dispatch(&offer, &request, inputs, &client, &told).await });
        while let Some(event) = running.next().await {
            match event {
                Event::Notification(notification) => self.send(stream, &notification.into(), None)?,
                Event::Changed(change) => changed(change),
                Event::HangUp if self.revision() >= Revision::V2025_11_25 => self.detach(stream),
                Event::HangUp => {}
                Event::Done(Ok(Outcome::InputRequired(required))) => self.ask(stream, call.clone(), &required)?,
                Event::Done(Ok(Outcome::Done(result))) => self.answer(stream, &call, Ok(result))?,
                Event::Done(Err(fault)) => self.answer(stream, &call, Err(fault))?,
            }
        }
        Ok(())
    }

    /// Asks the client for what a call needs.
    fn ask(&self, stream: u64, mut call: Call, required: &InputRequired) -> Result<(), StoreFailed> {
        if let Some(visits) = needs::visits(required) {
            return self.send_away(stream, &call, &visits);
        }
        if required.requests.is_empty() {
            // Nobody would ever answer.
            return self.answer(stream, &call, Err(Fault::Unavailable));
        }
        let mut waits = Waits { state: required.state.clone(), ..Waits::default() };
        let mut requests = Vec::new();
        for (name, wanted) in &required.requests {
            let request = Request::new(self.next_number()?, wanted.method(), wanted.params());
            waits.asked.insert(request.id.key(), Asked { name: name.clone(), method: request.method.clone() });
            requests.push(request);
        }
        call.waits = Some(waits);
        call.keep(&self.store, stream)?;
        for request in requests {
            self.send(stream, &request.into(), None)?;
        }
        Ok(())
    }

    /// Ends a call that needs visits: the client makes it again after those.
    fn send_away(&self, stream: u64, call: &Call, visits: &[&ElicitRequest]) -> Result<(), StoreFailed> {
        let elicitation = |(number, visit): (usize, &&ElicitRequest)| -> Object {
            let mut elicitation = object(visit);
            elicitation.entry("elicitationId").or_insert_with(|| json!(format!("{stream}-{number}")));
            elicitation
        };
        let elicitations: Vec<_> = visits.iter().enumerate().map(elicitation).collect();
        let error = RpcError::new(code::URL_ELICITATION_REQUIRED, "The user has to visit an address first.")
            .with_data(json!({ "elicitations": elicitations }));
        let alone = reply::error(200, Some(call.id.clone()), error.clone());
        self.send(stream, &Response::new(call.id.clone(), Err(error)).into(), Some(alone))?;
        Call::forget(&self.store, stream)
    }
}
