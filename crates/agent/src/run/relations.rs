//! Relations of the user: asked for a call, and for what is offered.

use futures::future::join_all;

use super::call::Next;
use super::driver::Driver;
use super::ports::{Obtain, Ports, TurnContext};
use crate::authority::{Authority, Related, Relation, Unrelated, VerifiedUser, relations};
use crate::chat::ShownDocuments;

impl<P: Ports> Driver<P> {
    /// Whether the user stands in every relation that the call needs, right now. Without a session there is no user to ask for: the
    /// call waits for a new login.
    pub(super) async fn related(&self, ask: &Obtain, context: &TurnContext) -> Result<Related, Next> {
        let needed: Vec<&Relation> = relations(&ask.authority).collect();
        if needed.is_empty() {
            return Ok(Related::Unasked);
        }
        let Some(user) = &context.user else {
            // The account knows whom to tell of the login.
            let session = Obtain { authority: vec![Authority::Session], ..ask.clone() };
            return self.obtain(&session, &[]).await.map(|_| Related::Refused(Unrelated::Unchecked));
        };
        let answers = join_all(needed.into_iter().map(|relation| self.check_relation(user, relation))).await;
        // A no that is certain is said before one that is not.
        let denied = answers.contains(&Err(Unrelated::Denied)).then_some(Err(Unrelated::Denied));
        let all: Result<(), Unrelated> = denied.unwrap_or_else(|| answers.into_iter().collect());
        Ok(all.map_or_else(Related::Refused, |()| Related::Allowed))
    }

    /// The tools that are not offered to this user.
    pub(super) async fn withheld(&self, user: Option<&VerifiedUser>) -> Vec<String> {
        let tools = self.tools();
        let limited = tools.offered_to();
        let offered = limited.iter().map(|(_, relation)| async move {
            match user {
                Some(user) => self.check_relation(user, relation).await.is_ok(),
                None => false,
            }
        });
        let offered = join_all(offered).await;
        let withheld = limited.iter().zip(offered).filter(|(_, offered)| !offered);
        withheld.map(|((name, _), _)| (*name).to_owned()).collect()
    }

    /// Of the documents that earlier results show, those that the user may not see any more: what was shared may be so no longer, and the
    /// user may have come with another organisation. Without a user, and on any error, all of them.
    pub(super) async fn hidden(&self, user: Option<&VerifiedUser>) -> ShownDocuments {
        let shown = self.state().shown_documents(&self.tools());
        let documents = shown.documents();
        let visible = match user {
            Some(user) if !documents.is_empty() => self.ports.visible_documents(user, &documents).await,
            Some(_) | None => Vec::new(),
        };
        shown.without(&visible)
    }

    async fn check_relation(&self, user: &VerifiedUser, relation: &Relation) -> Result<(), Unrelated> {
        if !relation.is_of_one_object() {
            return Err(Unrelated::Denied);
        }
        self.ports.check_relation(user, relation).await
    }
}
