use std::cell::RefCell;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::changes::{notification, promised};
use super::dispatch::{member, object};
use super::fault::Fault;
use super::offer::Change;
use super::stateless::StatelessRequest;
use crate::protocol::{Id, Message, Notification, Object, ServerCapabilities, meta, method};

/// Those who listen to changes (`subscriptions/listen`, 2026-07-28), for as long as they do.
#[derive(Default)]
pub struct Listeners {
    all: RefCell<Vec<(Listener, UnboundedSender<String>)>>,
}

/// Who wants to be told what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listener {
    id: Id,
    wants: Filter,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    tools_list_changed: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    prompts_list_changed: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    resources_list_changed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_subscriptions: Vec<String>,
}

impl Listener {
    /// Who asks, with what of it is promised.
    ///
    /// Errors: nothing is told here at all; the filter cannot be read.
    pub fn of(asked: &StatelessRequest, offered: &ServerCapabilities) -> Result<Self, Fault> {
        let tells = |change: Change| promised(offered, &change);
        let (tools, prompts, resources) = (tells(Change::Tools), tells(Change::Prompts), tells(Change::Resources));
        let resource = tells(Change::Resource(String::new()));
        if !(tools || prompts || resources || resource) {
            return Err(Fault::NoMethod);
        }
        let mut wants: Filter = member(&asked.request.params, "notifications")?
            .ok_or_else(|| Fault::invalid("`notifications` is missing."))?;
        wants.tools_list_changed &= tools;
        wants.prompts_list_changed &= prompts;
        wants.resources_list_changed &= resources;
        if !resource {
            wants.resource_subscriptions.clear();
        }
        Ok(Self { id: asked.request.id.clone(), wants })
    }

    fn wants(&self, change: &Change) -> bool {
        match change {
            Change::Tools => self.wants.tools_list_changed,
            Change::Prompts => self.wants.prompts_list_changed,
            Change::Resources => self.wants.resources_list_changed,
            Change::Resource(uri) => self.wants.resource_subscriptions.contains(uri),
        }
    }

    /// The notification on the stream of this listener.
    fn told(&self, mut notification: Notification) -> String {
        notification.params.insert("_meta".to_owned(), json!({ meta::SUBSCRIPTION_ID: self.id }));
        super::events::event(None, &deputy_http::json::write(&Message::from(notification)))
    }
}

impl Listeners {
    /// Begins to listen: events, the first of which says what is listened to.
    pub fn begin(&self, listener: Listener) -> UnboundedReceiver<String> {
        let (sender, events) = unbounded();
        let mut params = Object::new();
        params.insert("notifications".to_owned(), json!(object(&listener.wants)));
        let _ = sender.unbounded_send(listener.told(Notification::new(method::LISTEN_ACKNOWLEDGED, params)));
        let mut all = self.all.borrow_mut();
        // Who has gone is forgotten, also where nothing ever changes.
        all.retain(|(_, sender)| !sender.is_closed());
        all.push((listener, sender));
        events
    }

    /// Tells a change to those who want to know.
    pub fn tell(&self, change: &Change) {
        self.all.borrow_mut().retain(|(listener, sender)| {
            let event = listener.wants(change).then(|| listener.told(notification(change)));
            // Who has gone is forgotten.
            !sender.is_closed() && event.is_none_or(|event| sender.unbounded_send(event).is_ok())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mc_17_who_has_gone_is_forgotten_when_the_next_one_comes() {
        let listeners = Listeners::default();
        let listener = || Listener { id: Id::from(1), wants: Filter::default() };
        for _ in 0..3 {
            drop(listeners.begin(listener()));
        }
        let stays = listeners.begin(listener());
        let last = listeners.begin(listener());
        assert_eq!(listeners.all.borrow().len(), 2);
        drop((stays, last));
    }
}
