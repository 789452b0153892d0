use serde::Serialize;
use worker::Response;

use super::reply;
use super::visit::Visit;
use crate::objects::Refusal;

/// `GET /api/environment`, public: whether this is the offline world, which model answers, and where the offline world's
/// phone is, for there is no real one to look at.
pub fn environment(visit: &Visit) -> Result<Response, Refusal> {
    let settings = &visit.settings;
    let phone = settings.offline.then(|| format!("{}/phone", settings.tenant_origin()));
    reply::json(&Environment {
        offline: settings.offline,
        model: &settings.model.config.model,
        scripted: settings.model.is_scripted(),
        phone,
    })
}

/// `GET /check-open-ai-key`, public: is a model set up? The Auth0 starter's own front end asks before it shows its chat.
pub fn check_model(success: bool) -> Result<Response, Refusal> {
    reply::json(&ModelCheck { success })
}

#[derive(Serialize)]
struct ModelCheck {
    success: bool,
}

#[derive(Serialize)]
struct Environment<'a> {
    offline: bool,
    model: &'a str,
    scripted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}
