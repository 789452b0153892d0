//! The shell around a chat: carries out what [`crate::State::plan`] says, in a world that it is given ([`Ports`]). It changes a chat in one
//! way only: the driver's `commit` writes, folds, tells the ledger and shows.

mod approval;
mod call;
mod driver;
mod ledger;
mod look;
mod patience;
mod ports;
mod program;
mod relations;
mod step;
mod unsaid;
mod unwritten;

pub use driver::Driver;
pub use ports::{Approval, AskApproval, Obtain, Obtained, Ports, Problem, Settled, StoreError, TurnContext};
pub use program::CallAsk;
pub use unwritten::{FLUSH_AFTER_MS, FLUSH_AT_BYTES};
