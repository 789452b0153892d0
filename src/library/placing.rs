//! The tuples that go with rows: of what is new, of what is moved.

use super::access::folder_object;
use super::core::{Core, Ports};
use super::requests::ItemKind;
use super::rights::{Changes, OWNER, PARENT, RightsError};
use crate::objects::Refusal;

/// The tuples of something new that belongs to this user.
pub fn tuples_of_new(user: &str, object: &str, folder: Option<&str>) -> Changes {
    let tuples = Changes::default().write(user, OWNER, object);
    match folder {
        Some(folder) => tuples.write(folder_object(folder), PARENT, object),
        None => tuples,
    }
}

/// The tuples of something that is moved from one folder into another.
pub fn tuples_of_move(object: &str, from: Option<&str>, to: Option<&str>) -> Changes {
    let mut changes = Changes::default();
    if let Some(folder) = from {
        changes = changes.delete(folder_object(folder), PARENT, object);
    }
    if let Some(folder) = to {
        changes = changes.write(folder_object(folder), PARENT, object);
    }
    changes
}

/// A move of something from one folder into another; `None` is no folder.
#[derive(Debug, Clone, Copy)]
pub struct Move<'a> {
    /// What is moved.
    pub kind: ItemKind,
    /// Its id.
    pub id: &'a str,
    /// Where it was.
    pub from: Option<&'a str>,
    /// Where it goes.
    pub to: Option<&'a str>,
}

impl<P: Ports> Core<P> {
    /// Has the service know whose something is that was just written, or has it taken back: nothing is left that nobody may see.
    ///
    /// Errors: why it could not be told.
    pub async fn carry_out_or_undo(
        &self,
        tuples: &Changes,
        object: &str,
        remove: &dyn Fn() -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let Err(error) = self.carry_out(tuples).await else { return Ok(()) };
        self.ports.transaction(&|| {
            remove()?;
            // What was refused is not there. Of what got no answer nobody knows: it is deleted like any other.
            if error.is_refusal() { Ok(self.rights.take_back(tuples)?) } else { self.forget_shares(object) }
        })?;
        // A part of it may have been taken.
        self.settle_now_or_later().await;
        Err(error.into())
    }

    /// Has the service know where something was moved to, or has it moved back.
    ///
    /// Errors: why it could not be told. What was not refused is on its way all the same, and then the move stays.
    pub async fn carry_out_or_move_back(&self, moved: Move<'_>, tuples: &Changes) -> Result<(), Refusal> {
        let Err(error) = self.carry_out(tuples).await else { return Ok(()) };
        if !error.is_refusal() {
            return Err(RightsError::NotSettled.into());
        }
        self.ports.transaction(&|| {
            self.rights.take_back(tuples)?;
            self.move_back(moved)
        })?;
        self.settle_now_or_later().await;
        Err(error.into())
    }

    /// Moves back what is still where it was moved to: whoever moved it on meanwhile has decided where it is. The folder that it was in
    /// may be gone by now, or be in it; then it is in no folder, where nobody sees it by one.
    fn move_back(&self, Move { kind, id, from, to }: Move<'_>) -> Result<(), Refusal> {
        let place = match kind {
            ItemKind::Document => self.document_row(id)?.map(|row| row.folder),
            ItemKind::Folder => self.folder_row(id)?.map(|row| row.parent),
        };
        if place.is_none_or(|place| place.as_deref() != to) {
            return Ok(());
        }
        let can_return = |folder: &str| match kind {
            ItemKind::Document => Ok(self.folder_row(folder)?.is_some()),
            ItemKind::Folder => {
                Ok::<_, Refusal>(self.folder_row(folder)?.is_some() && self.check_place(id, folder).is_ok())
            }
        };
        let from = match from {
            Some(folder) if can_return(folder)? => Some(folder),
            _ => None,
        };
        self.put(kind, id, from)?;
        Ok(self.rights.change(tuples_of_move(&self.object(kind, id), None, from))?)
    }

    /// Puts something into a folder, with its tuples in the same unit.
    pub fn put(&self, kind: ItemKind, id: &str, folder: Option<&str>) -> Result<(), Refusal> {
        let statement = match kind {
            ItemKind::Document => "UPDATE documents SET folder = ? WHERE id = ?",
            ItemKind::Folder => "UPDATE folders SET parent = ? WHERE id = ?",
        };
        Ok(self.ports.exec(statement, &[folder.into(), id.into()])?)
    }

    /// Tells the service what has no rows here any more: now, or as soon as it can be told. Nobody is shown anything by it meanwhile.
    pub async fn settle_now_or_later(&self) {
        // What was not taken is in the log already, and due again.
        let _ = self.settle().await;
    }
}
