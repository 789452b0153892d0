use std::cell::RefCell;
use std::pin::pin;

use deputy_auth0::ExchangeError;
use futures::channel::oneshot;
use futures::future::{Either, select};

use super::call::Refusal;
use super::core::{Core, Host};

/// Who waits for a call that is on its way, by its name: few at a time. They are woken and read the answer from where the winner left
/// it; of a failure, which is left nowhere, they are told.
#[derive(Default)]
pub(super) struct Flights(RefCell<Vec<(String, Wake)>>);

type Wake = oneshot::Sender<Option<ExchangeError>>;

/// The right to make one remote call of that name until the deadline. Carries the version of its row, so that a late loser
/// can be told from the holder.
#[derive(Debug)]
pub(super) struct Flight {
    name: String,
    version: u64,
}

/// What became of the wish to make the call.
pub(super) enum Departure {
    /// Make the call, then [`Core::land`].
    Go(Flight),
    /// Somebody else made it meanwhile: look again.
    LookAgain,
    /// Somebody else made it meanwhile, and it failed for everybody.
    Failed(ExchangeError),
}

impl<H: Host> Core<H> {
    /// Single flight: the first caller of a name goes, the others wait until it has landed or its deadline has passed.
    ///
    /// The row survives a crash of the object; its deadline lets the next caller go.
    pub(super) async fn depart(&self, name: &str, timeout_ms: u64) -> Result<Departure, Refusal> {
        let query = "SELECT version AS first, deadline AS second FROM exchanges WHERE name = ?";
        let (version, deadline) = self.pair(query, &[name.into()])?;
        let now = self.host.now();
        if deadline <= now {
            let version = version.saturating_add(1);
            self.exec(
                "INSERT OR REPLACE INTO exchanges (name, version, deadline) VALUES (?, ?, ?)",
                &[name.into(), version.into(), now.saturating_add(timeout_ms).into()],
            )?;
            return Ok(Departure::Go(Flight { name: name.to_owned(), version }));
        }
        let (wake, landed) = oneshot::channel();
        self.flights.0.borrow_mut().push((name.to_owned(), wake));
        let timeout = pin!(self.host.sleep(deadline.saturating_sub(now)));
        match select(landed, timeout).await {
            Either::Left((Ok(Some(failure)), _)) => Ok(Departure::Failed(failure)),
            Either::Left(_) | Either::Right(_) => Ok(Departure::LookAgain),
        }
    }

    /// True while no later flight of that name has departed: only then may the outcome be written.
    pub(super) fn still_holds(&self, flight: &Flight) -> Result<bool, Refusal> {
        self.exists(
            "SELECT 1 AS value FROM exchanges WHERE name = ? AND version = ?",
            &[flight.name.as_str().into(), flight.version.into()],
        )
    }

    /// The call has ended, whatever its outcome: the next may go, and everybody who waited looks again, or learns of the
    /// failure that would have been theirs too.
    pub(super) fn land(&self, flight: &Flight, failure: Option<&ExchangeError>) -> Result<(), Refusal> {
        self.exec(
            "UPDATE exchanges SET deadline = 0 WHERE name = ? AND version = ?",
            &[flight.name.as_str().into(), flight.version.into()],
        )?;
        let waiting = self.flights.0.take();
        let (landed, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(name, _)| *name == flight.name);
        self.flights.0.replace(others);
        for (_, wake) in landed {
            let _ = wake.send(failure.cloned());
        }
        Ok(())
    }
}
