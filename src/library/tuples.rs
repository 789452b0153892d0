//! The tuples that go with rows: of what is new, of what is moved.

use super::access::folder_object;
use super::core::{Core, Ports};
use super::rights::{Changes, OWNER, PARENT, RightsError};
use crate::objects::Refusal;
use crate::platform::log::{Level, note_error};

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

    /// Has the service know where something was moved to from that folder, or has it moved back.
    ///
    /// Errors: why it could not be told. What was not refused is on its way all the same, and then the move stays.
    pub async fn carry_out_or_move_back(
        &self,
        tuples: &Changes,
        object: &str,
        from: Option<&str>,
        move_back: &dyn Fn() -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let Err(error) = self.carry_out(tuples).await else { return Ok(()) };
        if !error.is_refusal() {
            return Err(RightsError::NotSettled.into());
        }
        self.ports.transaction(&|| {
            move_back()?;
            self.rights.take_back(tuples)?;
            Ok(self.rights.change(tuples_of_move(object, None, from))?)
        })?;
        self.settle_now_or_later().await;
        Err(error.into())
    }

    /// Tells the service what has no rows here any more: now, or as soon as it can be told. Nobody is shown anything by it meanwhile.
    pub async fn settle_now_or_later(&self) {
        if let Err(error) = self.settle().await {
            note_error(Level::Warn, "rights_not_settled", &error);
        }
    }
}
