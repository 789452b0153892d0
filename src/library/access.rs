//! Who asks, and what they may. Every request comes through here before it learns anything of a row.

use deputy_fga::{CheckRequest, Checker as _, Decision};

use super::core::{Core, Ports};
use super::error::LibraryError;
use super::ids::is_id;
use super::requests::{ItemKind, Person};
use super::rights::{OWNER, RightsError, allowed};
use crate::config::FOLDER_TYPE;
use crate::objects::Refusal;

/// Who asks, as FGA knows them.
#[derive(Debug, Clone)]
pub struct Asker {
    /// FGA's name of them. Who has none sees what everybody may see.
    user: String,
    subject: String,
    is_known: bool,
}

impl Asker {
    /// FGA's name of somebody who can own something.
    pub fn as_owner(&self) -> Result<&str, LibraryError> {
        if self.is_known { Ok(&self.user) } else { Err(LibraryError::Nobody) }
    }

    /// FGA's name to ask with.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// What somebody may do with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct May {
    /// See it.
    pub see: bool,
    /// Change, share and remove it.
    pub change: bool,
}

impl<P: Ports> Core<P> {
    /// Who asks. What was shared with their verified address before they came is theirs from now on.
    pub async fn asker(&self, who: &Person) -> Result<Asker, Refusal> {
        self.bind_invitations(who).await?;
        Ok(self.asker_of(who))
    }

    /// Somebody, as FGA knows them.
    pub fn asker_of(&self, who: &Person) -> Asker {
        let format = &self.settings.fga.user_format;
        let user = format.user(&who.subject, who.email.as_deref());
        Asker {
            is_known: user.is_some(),
            user: user.unwrap_or_else(|| format.everybody()),
            subject: who.subject.clone(),
        }
    }

    /// Whether rights can be asked for now. It is asked where there is nothing to ask about, so that an answer from nothing is the same as
    /// one from what may not be seen.
    pub async fn can_ask(&self, asker: &Asker) -> bool {
        let nothing = self.view_question(asker, &self.object(ItemKind::Document, "-"));
        !self.rights.check(&[nothing]).await.iter().any(|decision| matches!(decision, Decision::Unchecked(_)))
    }

    /// May they see it? The question.
    pub fn view_question(&self, asker: &Asker, object: &str) -> CheckRequest {
        CheckRequest::new(asker.user(), &self.settings.fga.relation, object)
    }

    /// Does it belong to them? The question.
    pub fn owner_question(&self, asker: &Asker, object: &str) -> CheckRequest {
        CheckRequest::new(asker.user(), OWNER, object)
    }

    /// What they may do with each of these, asked in one go.
    pub async fn rights_to(&self, asker: &Asker, objects: &[String]) -> Vec<Result<May, RightsError>> {
        let questions: Vec<_> = objects
            .iter()
            .flat_map(|object| [self.view_question(asker, object), self.owner_question(asker, object)])
            .collect();
        let mut decisions = self.rights.check(&questions).await.into_iter();
        let mut next = || allowed(decisions.next());
        objects.iter().map(|_| (next(), next())).map(|(see, change)| Ok(May { see: see?, change: change? })).collect()
    }

    /// What they may do with one thing that they may see.
    ///
    /// Errors: [`LibraryError::Unknown`] for one they may not see, and 503 where that cannot be checked, whatever there is.
    pub async fn visible(&self, asker: &Asker, kind: ItemKind, id: &str) -> Result<May, Refusal> {
        let may = self.may(asker, kind, id).await?;
        if may.see { Ok(may) } else { Err(LibraryError::Unknown.into()) }
    }

    /// As [`visible`](Self::visible), of what belongs to them.
    ///
    /// Errors: [`LibraryError::Unknown`] for what they see and do not own, too: who may not change it is told nothing of it.
    pub async fn owned(&self, asker: &Asker, kind: ItemKind, id: &str) -> Result<(), Refusal> {
        if self.may(asker, kind, id).await?.change { Ok(()) } else { Err(LibraryError::Unknown.into()) }
    }

    /// Whether they may see the folder that something is in. What cannot be checked is not shown.
    pub async fn sees_folder(&self, asker: &Asker, folder: Option<&str>) -> bool {
        match folder {
            Some(folder) => self.visible(asker, ItemKind::Folder, folder).await.is_ok(),
            None => false,
        }
    }

    async fn may(&self, asker: &Asker, kind: ItemKind, id: &str) -> Result<May, Refusal> {
        if !is_id(id) {
            return Err(LibraryError::Unknown.into());
        }
        let may = self.rights_to(asker, &[self.object(kind, id)]).await.into_iter().next();
        Ok(may.transpose()?.unwrap_or(May { see: false, change: false }))
    }

    /// What FGA calls it.
    pub fn object(&self, kind: ItemKind, id: &str) -> String {
        format!("{}:{id}", self.object_type(kind))
    }

    /// What FGA calls all of a kind.
    pub fn object_type(&self, kind: ItemKind) -> &str {
        match kind {
            ItemKind::Document => &self.settings.fga.object_type,
            ItemKind::Folder => FOLDER_TYPE,
        }
    }
}

/// A folder, as FGA calls it.
pub fn folder_object(id: &str) -> String {
    format!("{FOLDER_TYPE}:{id}")
}
