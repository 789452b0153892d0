use crate::account::core::{Core, Ports};
use crate::objects::Refusal;

/// A tenant that names a later time is asked again after this long all the same: a wrong header must not lock anybody out.
const LONGEST_MS: u64 = 5 * 60_000;
/// Its row among the remote calls that are on their way: nobody may go before the deadline.
const NAME: &str = "backoff";

impl<P: Ports> Core<P> {
    /// The time before which this account sends no token request, if there is one. The tenant's limit counts the requests of
    /// all its users together (300 a minute on the free plan), so what one account saves the others have.
    pub fn backing_off(&self) -> Result<Option<u64>, Refusal> {
        let deadline = self.number("SELECT deadline AS value FROM exchanges WHERE name = ?", &[NAME.into()])?;
        Ok(deadline.filter(|deadline| *deadline > self.ports.now()))
    }

    /// The tenant has answered 429: nothing is asked of its token endpoint before the time it named.
    pub fn back_off(&self, retry_at: u64) -> Result<(), Refusal> {
        let deadline = retry_at.min(self.ports.now().saturating_add(LONGEST_MS));
        self.exec(
            "INSERT OR REPLACE INTO exchanges (name, version, deadline) VALUES (?, 0, ?)",
            &[NAME.into(), deadline.into()],
        )
    }
}
