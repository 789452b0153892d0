//! What the account said when a turn last began. It holds for the turns that follow, so that most of them begin and end without
//! another object being asked.

use std::cell::{Cell, RefCell};

use super::ports::TurnUser;

/// An answer is asked for anew after this time, milliseconds. What ends it earlier (a log-out, another login, another zone) the account
/// tells the chat, and no token is given to a session that has ended.
const KEPT_MS: u64 = 60_000;
/// What was used is told when it is this part of what is left of the user's day. Less than that a dying process may take with it.
const PART_OF_THE_DAY: u64 = 50;

/// The answer of the account, and what was used since.
#[derive(Default)]
pub struct Begun {
    kept: RefCell<Option<Kept>>,
    unspent: Cell<u64>,
}

struct Kept {
    session: String,
    user: TurnUser,
    until: u64,
}

impl Begun {
    /// Who a turn of this session is for, if the account has just said so. A turn without a session is always asked about.
    pub fn user(&self, session: Option<&str>, now: u64) -> Option<TurnUser> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref().filter(|kept| Some(kept.session.as_str()) == session && now < kept.until)?;
        Some(kept.user.clone())
    }

    /// The account said who a turn is for. Only somebody with a session is kept.
    pub fn keep(&self, session: Option<&str>, user: &TurnUser, now: u64) {
        let known = session.filter(|_| user.user.is_some()).map(|session| Kept {
            session: session.to_owned(),
            user: user.clone(),
            until: now.saturating_add(KEPT_MS),
        });
        *self.kept.borrow_mut() = known;
    }

    /// The account has something else to say by now.
    pub fn forget(&self) {
        self.kept.borrow_mut().take();
    }

    /// Tokens were used: those that the account is to be told of now, if it is time.
    pub fn spend(&self, tokens: u64) -> Option<u64> {
        let unspent = self.unspent.get().saturating_add(tokens);
        self.unspent.set(unspent);
        let left = self.kept.borrow().as_ref().map_or(0, |kept| kept.user.tokens_left);
        (unspent > left / PART_OF_THE_DAY).then(|| self.take_unspent())
    }

    /// Tokens that the account has not been told of, which it is told of now.
    pub fn take_unspent(&self) -> u64 {
        self.unspent.take()
    }
}

#[cfg(test)]
mod tests {
    use deputy_agent::VerifiedUser;

    use super::*;

    fn ana(tokens_left: u64) -> TurnUser {
        let user = VerifiedUser { subject: "ana".to_owned(), ..VerifiedUser::default() };
        TurnUser { session: Some("s1".to_owned()), user: Some(user), tokens_left, ..TurnUser::default() }
    }

    #[test]
    fn an_answer_holds_for_its_session_and_for_a_minute() {
        let begun = Begun::default();
        begun.keep(Some("s1"), &ana(1_000), 0);
        assert!(begun.user(Some("s1"), KEPT_MS - 1).is_some());
        assert!(begun.user(Some("s1"), KEPT_MS).is_none(), "too old");
        assert!(begun.user(Some("s2"), 1).is_none() && begun.user(None, 1).is_none(), "not asked about them");
        begun.forget();
        assert!(begun.user(Some("s1"), 1).is_none());
        begun.keep(Some("s1"), &TurnUser::default(), 0);
        assert!(begun.user(Some("s1"), 1).is_none(), "a session that has ended is asked about again");
    }

    #[test]
    fn what_was_used_is_told_before_it_matters() {
        let begun = Begun::default();
        assert_eq!(begun.spend(1), Some(1), "nothing is known of what is left");
        begun.keep(Some("s1"), &ana(1_000), 0);
        assert_eq!((begun.spend(12), begun.spend(8)), (None, None));
        assert_eq!(begun.spend(1), Some(21));
        assert_eq!(begun.spend(3), None);
        assert_eq!((begun.take_unspent(), begun.take_unspent()), (3, 0));
    }
}
