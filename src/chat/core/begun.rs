//! What the account said when a turn last began. It holds for the turns that follow, so that most of them begin and end without
//! another object being asked.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::ports::TurnUser;

/// An answer is asked for anew after this time, or when the session ends, milliseconds. What ends it earlier (a log-out, another login) the
/// account tells every chat in which the session has a page or began a turn; a zone that another chat has set is known here a minute later.
const KEPT_MS: u64 = 60_000;
/// What was used is told at once when it is this part of what is left of the user's day, else soon.
const PART_OF_THE_DAY: u64 = 50;
/// Ended sessions that are remembered.
const MOST_ENDED: usize = 16;

/// The answer of the account, and what was used since.
#[derive(Default)]
pub struct Begun {
    kept: RefCell<Option<Kept>>,
    /// Grows whenever an answer that is on its way is not to be kept any more.
    epoch: Cell<u64>,
    unspent: Cell<u64>,
    ended: RefCell<VecDeque<String>>,
}

struct Kept {
    session: String,
    user: TurnUser,
    until: u64,
}

/// When the account is to be told what was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Now, of these tokens.
    Now(u64),
    /// Soon: nobody sees to that yet.
    Soon,
    /// Somebody sees to it already.
    Seen,
}

impl Begun {
    /// Who a turn of this session is for, if the account has just said so. A turn without a session is always asked about.
    pub fn user(&self, session: Option<&str>, now: u64) -> Option<TurnUser> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref().filter(|kept| Some(kept.session.as_str()) == session && now < kept.until)?;
        Some(kept.user.clone())
    }

    /// Where things stand before the account is asked.
    pub fn epoch(&self) -> u64 {
        self.epoch.get()
    }

    /// The account said who a turn is for, asked in this epoch. Only somebody with a session is kept, and only if it has nothing else to say
    /// since.
    pub fn keep(&self, session: Option<&str>, user: &TurnUser, now: u64, epoch: u64) {
        if epoch != self.epoch.get() {
            return;
        }
        let known = session.filter(|_| user.user.is_some()).map(|session| Kept {
            session: session.to_owned(),
            user: user.clone(),
            until: now.saturating_add(KEPT_MS).min(user.ends_at),
        });
        *self.kept.borrow_mut() = known;
    }

    /// The account has something else to say by now.
    pub fn forget(&self) {
        self.kept.borrow_mut().take();
        self.epoch.set(self.epoch.get().wrapping_add(1));
    }

    /// A session has ended. Who is still on the way in with it finds out that it has.
    pub fn session_ended(&self, session: &str) {
        self.forget();
        let mut ended = self.ended.borrow_mut();
        ended.push_back(session.to_owned());
        let over = ended.len().saturating_sub(MOST_ENDED);
        ended.drain(..over);
    }

    /// The session is one of those that ended last.
    pub fn has_ended(&self, session: &str) -> bool {
        self.ended.borrow().iter().any(|ended| ended == session)
    }

    /// Tokens were used.
    pub fn spend(&self, tokens: u64) -> Telling {
        let before = self.unspent.get();
        self.put_back(tokens);
        let left = self.kept.borrow().as_ref().map_or(0, |kept| kept.user.tokens_left);
        match self.unspent.get() {
            unspent if unspent > left / PART_OF_THE_DAY => Telling::Now(self.take_unspent()),
            _ if before == 0 => Telling::Soon,
            _ => Telling::Seen,
        }
    }

    /// Tokens that the account has not been told of, which it is told of now.
    pub fn take_unspent(&self) -> u64 {
        self.unspent.take()
    }

    /// The account was not reached.
    pub fn put_back(&self, tokens: u64) {
        self.unspent.set(self.unspent.get().saturating_add(tokens));
    }
}

#[cfg(test)]
mod tests {
    use deputy_agent::VerifiedUser;

    use super::*;

    fn ana(tokens_left: u64) -> TurnUser {
        let user = VerifiedUser { subject: "ana".to_owned(), ..VerifiedUser::default() };
        let (session, ends_at) = (Some("s1".to_owned()), u64::MAX);
        TurnUser { session, user: Some(user), tokens_left, ends_at, ..TurnUser::default() }
    }

    #[test]
    fn an_answer_holds_for_its_session_and_for_a_minute() {
        let begun = Begun::default();
        begun.keep(Some("s1"), &ana(1_000), 0, 0);
        assert!(begun.user(Some("s1"), KEPT_MS - 1).is_some());
        assert!(begun.user(Some("s1"), KEPT_MS).is_none(), "too old");
        assert!(begun.user(Some("s2"), 1).is_none() && begun.user(None, 1).is_none(), "not asked about them");
        begun.forget();
        assert!(begun.user(Some("s1"), 1).is_none());
        begun.keep(Some("s1"), &TurnUser::default(), 0, 1);
        assert!(begun.user(Some("s1"), 1).is_none(), "a session that has ended is asked about again");
        begun.keep(Some("s1"), &TurnUser { ends_at: 10, ..ana(1) }, 0, 1);
        assert!(
            begun.user(Some("s1"), 9).is_some() && begun.user(Some("s1"), 10).is_none(),
            "not longer than the session"
        );
    }

    #[test]
    fn s_16_an_answer_that_was_on_its_way_when_the_session_ended_is_not_kept() {
        let begun = Begun::default();
        let asked = begun.epoch();
        begun.session_ended("s1");
        begun.keep(Some("s1"), &ana(1_000), 0, asked);
        assert!(begun.user(Some("s1"), 1).is_none());
        assert!(begun.has_ended("s1") && !begun.has_ended("s2"));
        for other in 0..MOST_ENDED {
            begun.session_ended(&other.to_string());
        }
        assert!(!begun.has_ended("s1"), "the newest are remembered");
    }

    #[test]
    fn what_was_used_is_told_before_it_matters() {
        let begun = Begun::default();
        assert_eq!(begun.spend(1), Telling::Now(1), "nothing is known of what is left");
        begun.keep(Some("s1"), &ana(1_000), 0, 0);
        assert_eq!((begun.spend(12), begun.spend(8)), (Telling::Soon, Telling::Seen));
        assert_eq!(begun.spend(1), Telling::Now(21));
        assert_eq!(begun.spend(3), Telling::Soon);
        let told = begun.take_unspent();
        begun.put_back(told);
        assert_eq!((begun.take_unspent(), begun.take_unspent()), (3, 0));
    }
}
