use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use deputy_auth0::ExchangeError;

use super::call::Refusal;
use super::core::{Core, Host};

/// Calls that are on their way and have somebody who waits. Few at a time: they are looked through one by one.
#[derive(Default)]
pub(super) struct Flights(RefCell<Vec<(String, Rc<Landing>)>>);

impl Flights {
    fn landing(&self, name: &str) -> Rc<Landing> {
        let mut flights = self.0.borrow_mut();
        if let Some((_, landing)) = flights.iter().find(|(own, _)| own == name) {
            return Rc::clone(landing);
        }
        let landing = Rc::<Landing>::default();
        flights.push((name.to_owned(), Rc::clone(&landing)));
        landing
    }

    fn take(&self, name: &str) -> Option<Rc<Landing>> {
        let mut flights = self.0.borrow_mut();
        let at = flights.iter().position(|(own, _)| own == name)?;
        Some(flights.swap_remove(at).1)
    }
}

/// The end of a call, for those who wait for it. They are woken and read the answer from where the winner left it; of a failure,
/// which is left nowhere, they are told.
#[derive(Default)]
struct Landing {
    /// Once it has landed: how it failed, if it did.
    landed: RefCell<Option<Option<ExchangeError>>>,
    waiting: RefCell<Vec<Waker>>,
}

impl Landing {
    fn poll(&self, context: &Context<'_>) -> Poll<Option<ExchangeError>> {
        if let Some(failure) = &*self.landed.borrow() {
            return Poll::Ready(failure.clone());
        }
        self.waiting.borrow_mut().push(context.waker().clone());
        Poll::Pending
    }

    fn land(&self, failure: Option<&ExchangeError>) {
        self.landed.replace(Some(failure.cloned()));
        for waker in self.waiting.take() {
            waker.wake();
        }
    }
}

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
        let landing = self.flights.landing(name);
        let mut timeout = pin!(self.host.sleep(deadline.saturating_sub(now)));
        let failure = poll_fn(|context| match landing.poll(context) {
            Poll::Pending => timeout.as_mut().poll(context).map(|()| None),
            landed => landed,
        });
        Ok(failure.await.map_or(Departure::LookAgain, Departure::Failed))
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
        if let Some(landing) = self.flights.take(&flight.name) {
            landing.land(failure);
        }
        Ok(())
    }
}
