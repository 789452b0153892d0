//! A document that the tenant publishes, kept in the isolate: everybody may ask for what is made of it.

use std::cell::RefCell;

use deputy_auth0::Issuer;

/// After this time a document is fetched again, milliseconds.
pub const MAX_AGE_MS: u64 = 3_600_000;
/// While one is fetched, and after a fetch that failed, the tenant is left alone for this time, milliseconds.
pub const RETRY_MS: u64 = 10_000;

/// The last document of the tenant. A value, never a promise: promises do not cross requests.
pub struct KeptDocument<T>(RefCell<Option<Kept<T>>>);

struct Kept<T> {
    issuer: String,
    document: Option<T>,
    fetch_at: u64,
}

impl<T: Clone> KeptDocument<T> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(RefCell::new(None))
    }

    /// The last document of that tenant, if there is one; and whether whoever asks is to fetch it now. While they do, others have the
    /// last one.
    pub fn look(&self, issuer: &Issuer, now: u64) -> (Option<T>, bool) {
        let mut slot = self.0.borrow_mut();
        let Some(kept) = slot.as_mut().filter(|kept| kept.issuer == issuer.as_str()) else { return (None, true) };
        let is_due = now >= kept.fetch_at;
        if is_due && kept.document.is_some() {
            kept.fetch_at = now.saturating_add(RETRY_MS);
        }
        (kept.document.clone(), is_due)
    }

    /// The last document of that tenant.
    pub fn last(&self, issuer: &Issuer) -> Option<T> {
        self.0.borrow().as_ref().filter(|kept| kept.issuer == issuer.as_str())?.document.clone()
    }

    /// It was fetched.
    pub fn fetched(&self, issuer: &Issuer, document: T, now: u64) {
        self.keep(issuer, Some(document), now.saturating_add(MAX_AGE_MS));
    }

    /// It could not be fetched; gives the last one, which somebody else may have fetched meanwhile: that takes nothing away.
    pub fn failed(&self, issuer: &Issuer, now: u64) -> Option<T> {
        let kept = self.0.take().filter(|kept| kept.issuer == issuer.as_str());
        let (document, fetch_at) = kept.map_or((None, 0), |kept| (kept.document, kept.fetch_at));
        self.keep(issuer, document.clone(), fetch_at.max(now.saturating_add(RETRY_MS)));
        document
    }

    /// What is kept turned out to be wrong: the next who asks fetches it. It serves on while the tenant does not answer.
    pub fn expire(&self) {
        if let Some(kept) = self.0.borrow_mut().as_mut() {
            kept.fetch_at = 0;
        }
    }

    fn keep(&self, issuer: &Issuer, document: Option<T>, fetch_at: u64) {
        self.0.replace(Some(Kept { issuer: issuer.as_str().to_owned(), document, fetch_at }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fetches_while_the_others_have_the_last_one() {
        let (kept, issuer) = (KeptDocument::new(), Issuer::from_domain("tenant.example").unwrap());
        assert_eq!(
            (kept.look(&issuer, 0), kept.look(&issuer, 0)),
            ((None, true), (None, true)),
            "nobody waits for another"
        );
        kept.fetched(&issuer, 1, 0);
        assert_eq!(kept.look(&issuer, MAX_AGE_MS - 1), (Some(1), false));
        assert_eq!(kept.look(&issuer, MAX_AGE_MS), (Some(1), true));
        assert_eq!(kept.look(&issuer, MAX_AGE_MS), (Some(1), false), "it is on its way");
        assert_eq!(kept.look(&issuer, MAX_AGE_MS + RETRY_MS), (Some(1), true), "it never came");
        let other = Issuer::from_domain("other.example").unwrap();
        assert_eq!(kept.look(&other, 1), (None, true), "another tenant's");
    }

    #[test]
    fn a_failure_that_comes_late_takes_nothing_newer_away() {
        let (kept, issuer) = (KeptDocument::new(), Issuer::from_domain("tenant.example").unwrap());
        assert_eq!(kept.failed(&issuer, 0), None);
        assert_eq!(kept.look(&issuer, RETRY_MS - 1), (None, false), "left alone");
        kept.fetched(&issuer, 2, 5);
        assert_eq!(kept.failed(&issuer, 6), Some(2));
        assert_eq!(kept.look(&issuer, MAX_AGE_MS), (Some(2), false));
        kept.expire();
        assert_eq!(kept.look(&issuer, 7), (Some(2), true));
    }
}
