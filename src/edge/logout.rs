use deputy_auth0::logout_url;
use worker::Response;

use super::identity::named_session;
use super::reply::{page, redirect};
use super::visit::Visit;
use crate::account;
use crate::account::sessions::{CheckSession, CloseSession};
use crate::objects::Refusal;
use crate::platform::html::{Page, button_form, link};

/// `GET /auth/logout`: a form of one button, because a GET changes nothing (S-17).
pub fn form() -> Result<Response, Refusal> {
    page(
        200,
        &Page {
            title: "Log out",
            text: &["Your chats stay as they are. Tasks that need you signed in will wait for your next login."],
            actions: &[button_form("/auth/logout", "Log out"), link("/", "Stay logged in")],
            scripts: &[],
        },
    )
}

/// `POST /auth/logout`: ends the session here and at the tenant. The Origin rule was checked before (UA-20).
pub async fn logout(visit: &mut Visit) -> Result<Response, Refusal> {
    let session = named_session(visit);
    let name = visit.jar().session();
    visit.clear_cookie(name);
    let Some(cookie) = session else { return redirect("/") };
    let check = CheckSession { session: cookie.session.clone(), socket: None };
    let view = account::ask(&visit.env, &cookie.account, &check).await.ok();
    account::ask(&visit.env, &cookie.account, &CloseSession { session: cookie.session }).await?;
    let sid = view.as_ref().and_then(|view| view.claims.get("sid")).and_then(|sid| sid.as_str());
    // The origin alone: what the README says to register, compared exactly by the tenant.
    redirect(&logout_url(&visit.settings.tenant, &visit.settings.base_url, sid))
}
