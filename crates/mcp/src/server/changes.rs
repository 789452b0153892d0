use super::offer::Change;
use crate::protocol::{Notification, Object, Resources, ServerCapabilities, method};

/// True if the server said that it tells of such changes.
pub fn promised(offered: &ServerCapabilities, change: &Change) -> bool {
    let resources = |of: fn(&Resources) -> Option<bool>| offered.resources.as_ref().and_then(of);
    let told = match change {
        Change::Tools => offered.tools.as_ref().and_then(|tools| tools.list_changed),
        Change::Prompts => offered.prompts.as_ref().and_then(|prompts| prompts.list_changed),
        Change::Resources => resources(|resources| resources.list_changed),
        Change::Resource(_) => resources(|resources| resources.subscribe),
    };
    told == Some(true)
}

/// A change as it is told.
pub(super) fn notification(change: &Change) -> Notification {
    let mut params = Object::new();
    let name = match change {
        Change::Tools => method::TOOLS_CHANGED,
        Change::Prompts => method::PROMPTS_CHANGED,
        Change::Resources => method::RESOURCES_CHANGED,
        Change::Resource(uri) => {
            params.insert("uri".to_owned(), uri.as_str().into());
            method::RESOURCE_UPDATED
        }
    };
    Notification::new(name, params)
}
