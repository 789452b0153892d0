use deputy_auth0::logout_url;
use worker::Response;

use super::identity::named_session;
use super::reply::{page, redirect};
use super::visit::Visit;
use crate::account::call::{AccountCall, Refusal, SessionView};
use crate::account::client::ask_named;
use crate::platform::html::{Page, button_form, link};
use crate::platform::object::read;

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
    let home = format!("{}/", visit.settings.base_url);
    let Some(cookie) = session else { return redirect("/") };
    let check = AccountCall::CheckSession { session: cookie.session.clone(), socket: None };
    let view = ask_named(&visit.env, &cookie.account, check).await.and_then(|reply| read::<SessionView>(&reply)).ok();
    ask_named(&visit.env, &cookie.account, AccountCall::CloseSession { session: cookie.session }).await?;
    let sid = view.as_ref().and_then(|view| view.claims.get("sid")).and_then(|sid| sid.as_str());
    redirect(&logout_url(&visit.settings.tenant, &home, sid))
}
