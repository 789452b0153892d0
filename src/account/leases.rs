//! Leases on remote calls: of those who want the same one at the same time, one makes it and the others wait for what comes of it.

use std::pin::pin;

use deputy_auth0::ExchangeError;
use futures::channel::oneshot;
use futures::future::{Either, select};

use super::core::{Core, Ports};
use crate::objects::Refusal;

/// The right to make one remote call of that name until the deadline. Carries the version of its row, so that a late loser
/// can be told from the holder.
#[derive(Debug)]
pub struct Lease {
    name: String,
    version: u64,
}

/// What became of asking for a lease.
pub enum LeaseOutcome {
    /// Make the call, then [`Core::release_lease`].
    Acquired(Lease),
    /// Somebody else made it meanwhile: look again.
    Released,
    /// Somebody else made it meanwhile, and it failed for everybody.
    Failed(ExchangeError),
}

impl<P: Ports> Core<P> {
    /// The first caller of a name gets the lease, the others wait until it is released or its deadline has passed.
    ///
    /// The row survives a crash of the object; its deadline lets the next caller have it.
    pub async fn acquire_lease(&self, name: &str, timeout_ms: u64) -> Result<LeaseOutcome, Refusal> {
        let query = "SELECT version AS first, deadline AS second FROM exchanges WHERE name = ?";
        let (version, deadline) = self.pair(query, &[name.into()])?;
        let now = self.ports.now();
        if deadline <= now {
            let version = version.saturating_add(1);
            self.exec(
                "INSERT OR REPLACE INTO exchanges (name, version, deadline) VALUES (?, ?, ?)",
                &[name.into(), version.into(), now.saturating_add(timeout_ms).into()],
            )?;
            return Ok(LeaseOutcome::Acquired(Lease { name: name.to_owned(), version }));
        }
        let (wake, released) = oneshot::channel();
        self.lease_waiters.0.borrow_mut().push((name.to_owned(), wake));
        let timeout = pin!(self.ports.sleep(deadline.saturating_sub(now)));
        match select(released, timeout).await {
            Either::Left((Ok(Some(failure)), _)) => Ok(LeaseOutcome::Failed(failure)),
            Either::Left(_) | Either::Right(_) => Ok(LeaseOutcome::Released),
        }
    }

    /// True while nobody has acquired a later lease of that name: only then may the outcome be written.
    pub fn holds_lease(&self, lease: &Lease) -> Result<bool, Refusal> {
        self.exists(
            "SELECT 1 AS value FROM exchanges WHERE name = ? AND version = ?",
            &[lease.name.as_str().into(), lease.version.into()],
        )
    }

    /// The call has ended, whatever its outcome: the next may have the lease, and everybody who waited looks again, or learns of
    /// the failure that would have been theirs too.
    pub fn release_lease(&self, lease: &Lease, failure: Option<&ExchangeError>) -> Result<(), Refusal> {
        self.exec(
            "UPDATE exchanges SET deadline = 0 WHERE name = ? AND version = ?",
            &[lease.name.as_str().into(), lease.version.into()],
        )?;
        let waiting = self.lease_waiters.0.take();
        let (woken, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(name, _)| *name == lease.name);
        self.lease_waiters.0.replace(others);
        for (_, wake) in woken {
            let _ = wake.send(failure.cloned());
        }
        Ok(())
    }
}
