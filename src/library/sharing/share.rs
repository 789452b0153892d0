use serde::Deserialize;

use super::address::address;
use super::error::{MOST_SHARES, SharingError};
use crate::library::access::Asker;
use crate::library::answer::Answer;
use crate::library::core::{Core, Ports};
use crate::library::error::LibraryError;
use crate::library::requests::{ItemKind, ListShares, RemoveShare, ShareDocument, ShareView, ShareWith};
use crate::library::rights::{Changes, RightsError, VIEWER};
use crate::objects::Refusal;
use crate::platform::random;

/// `shared_with` of a share with everybody.
pub const EVERYBODY: &str = "*";

/// A row of `shares`.
#[derive(Debug, Clone, Deserialize)]
pub struct ShareRow {
    pub id: String,
    pub object: String,
    pub shared_with: String,
    /// The user that an invitation is bound to.
    pub bound_to: Option<String>,
    created_at: u64,
}

impl ShareRow {
    fn view(self) -> ShareView {
        let with = match self.shared_with {
            everybody if everybody == EVERYBODY => ShareWith::Everybody,
            email => ShareWith::Email(email),
        };
        ShareView { id: self.id, with, created_at: self.created_at }
    }
}

impl Answer for ShareDocument {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<ShareView, Refusal> {
        let shared_with = match &self.with {
            ShareWith::Everybody => EVERYBODY.to_owned(),
            ShareWith::Email(text) => address(text)?,
        };
        let asker = library.asker(&self.who).await?;
        let object = library.own_object(&asker, self.kind, &self.id).await?;
        if self.who.email.as_deref().is_some_and(|own| address(own).is_ok_and(|own| own == shared_with)) {
            return Err(SharingError::Oneself.into());
        }
        library.share(&object, &shared_with).await
    }
}

impl Answer for ListShares {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<Vec<ShareView>, Refusal> {
        let asker = library.asker(&self.who).await?;
        let object = library.own_object(&asker, self.kind, &self.id).await?;
        Ok(library.shares_of(&object)?.into_iter().map(ShareRow::view).collect())
    }
}

impl Answer for RemoveShare {
    async fn answer<P: Ports>(self, library: &Core<P>) -> Result<(), Refusal> {
        let asker = library.asker(&self.who).await?;
        let object = library.own_object(&asker, self.kind, &self.id).await?;
        let shares = library.shares_of(&object)?;
        let share = shares.iter().find(|share| share.id == self.share).ok_or(SharingError::UnknownShare)?;
        library.unshare(share, &shares).await
    }
}

impl<P: Ports> Core<P> {
    /// The document or folder of that id, as authorization calls it, if it belongs to whoever asks.
    pub async fn own_object(&self, asker: &Asker, kind: ItemKind, id: &str) -> Result<String, Refusal> {
        self.owned(asker, kind, id).await?;
        // It may have been removed while the answer was on its way.
        let table = match kind {
            ItemKind::Document => "documents",
            ItemKind::Folder => "folders",
        };
        if !self.ports.exists(&format!("SELECT 1 AS value FROM {table} WHERE id = ?"), &[id.into()])? {
            return Err(LibraryError::Unknown.into());
        }
        Ok(self.object(kind, id))
    }

    /// The shares of an object, the oldest first.
    pub fn shares_of(&self, object: &str) -> Result<Vec<ShareRow>, Refusal> {
        let query =
            "SELECT id, object, shared_with, bound_to, created_at FROM shares WHERE object = ? ORDER BY created_at, id";
        Ok(self.ports.rows(query, &[object.into()])?)
    }

    /// Shares something. What is shared already stays as it is: the same answer again is what somebody needs whose first one was lost.
    async fn share(&self, object: &str, shared_with: &str) -> Result<ShareView, Refusal> {
        let shares = self.shares_of(object)?;
        let there = u64::try_from(shares.len()).unwrap_or(u64::MAX);
        let share = match shares.into_iter().find(|share| share.shared_with == shared_with) {
            Some(share) => share,
            None if there >= MOST_SHARES => return Err(SharingError::TooMany.into()),
            None => ShareRow {
                id: random::encode(&self.ports.random::<16>()?),
                object: object.to_owned(),
                shared_with: shared_with.to_owned(),
                bound_to: self.user_named_by(shared_with).filter(|_| shared_with != EVERYBODY),
                created_at: self.ports.now(),
            },
        };
        let user = self.user_named_by(&share.shared_with);
        let changes = user.map(|user| Changes::default().write(user, VIEWER, object)).unwrap_or_default();
        self.ports.transaction(&|| {
            self.ports.exec(
                "INSERT INTO shares (id, object, shared_with, bound_to, created_at) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (object, shared_with) DO NOTHING",
                &[
                    (&share.id).into(),
                    (&share.object).into(),
                    (&share.shared_with).into(),
                    share.bound_to.as_ref().into(),
                    share.created_at.into(),
                ],
            )?;
            Ok(self.rights.change(changes.clone())?)
        })?;
        match self.carry_out(&changes).await {
            Ok(()) => Ok(share.view()),
            Err(error) if error.is_refusal() => {
                self.ports.transaction(&|| {
                    self.ports.exec("DELETE FROM shares WHERE id = ?", &[(&share.id).into()])?;
                    Ok(self.rights.take_back(&changes)?)
                })?;
                Err(error.into())
            }
            Err(_) => Err(RightsError::NotSettled.into()),
        }
    }

    /// The user that something is shared with, where that follows from with whom alone: everybody, or an address where users are called
    /// by theirs. Else an invitation waits for whoever comes; whether somebody has come decides nothing here, or the time that the
    /// service takes, or its refusal, would tell who has an account.
    fn user_named_by(&self, shared_with: &str) -> Option<String> {
        let format = &self.settings.fga.user_format;
        match shared_with {
            EVERYBODY => Some(format.everybody()),
            address if format.is_by_email() => format.user("", Some(address)),
            _ => None,
        }
    }

    /// Whether an object is shared with everybody.
    pub fn is_for_everybody(&self, object: &str) -> Result<bool, Refusal> {
        let query = "SELECT 1 AS value FROM shares WHERE object = ? AND shared_with = ?";
        Ok(self.ports.exists(query, &[object.into(), EVERYBODY.into()])?)
    }

    /// Forgets the shares and tuples of an object that is removed, with whatever else is removed in the same unit.
    pub fn forget_shares(&self, object: &str) -> Result<(), Refusal> {
        self.ports.exec("DELETE FROM shares WHERE object = ?", &[object.into()])?;
        Ok(self.rights.forget(object)?)
    }

    async fn unshare(&self, share: &ShareRow, shares: &[ShareRow]) -> Result<(), Refusal> {
        let named = self.user_named_by(&share.shared_with);
        let waits = named.is_some();
        // Two addresses of one person: the other one still stands.
        let kept = shares
            .iter()
            .any(|other| other.id != share.id && other.bound_to.is_some() && other.bound_to == share.bound_to);
        let changes = match named.or_else(|| share.bound_to.clone()) {
            Some(user) if !kept => Changes::default().delete(user, VIEWER, &share.object),
            _ => Changes::default(),
        };
        self.ports.transaction(&|| {
            self.ports.exec("DELETE FROM shares WHERE id = ?", &[(&share.id).into()])?;
            Ok(self.rights.change(changes.clone())?)
        })?;
        // It has ended here whatever the service says: until the service knows, nobody is shown anything by that tuple. How long it takes
        // to tell the service would say whether somebody came with the address.
        if waits {
            let _ = self.carry_out(&changes).await;
        } else {
            self.wake()?;
        }
        Ok(())
    }
}
