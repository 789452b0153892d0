use super::error::ApiError;

/// Whether a call may be made twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeatable {
    /// It changes nothing, or the same again: questions, and writes with [`OnConflict::Ignore`](crate::write::OnConflict::Ignore).
    Yes,
    /// The second time would be another: it is repeated only after an answer that says that nothing was done.
    No,
}

/// When to make a failed call again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often at most, the first time not counted. OpenFGA's SDKs: 3.
    pub most: u32,
    /// The first wait in milliseconds; each further one is twice as long.
    pub first_wait_ms: u64,
    /// What is not waited for: who asks has gone by then.
    pub longest_wait_ms: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { most: 3, first_wait_ms: 100, longest_wait_ms: 10_000 }
    }
}

impl RetryPolicy {
    /// How long to wait before the call is made again, in milliseconds, or `None` for never. `made` counts the calls so far; `random` is
    /// any number, another one each time, so that many who failed together do not come back together.
    pub fn wait_ms(
        &self,
        error: &ApiError,
        repeatable: Repeatable,
        made: u32,
        random: u64,
        now_ms: u64,
    ) -> Option<u64> {
        if made > self.most || (repeatable == Repeatable::No && !error.nothing_was_done()) {
            return None;
        }
        let told = match error {
            ApiError::RateLimited { retry_at } | ApiError::Down { retry_at, .. } => *retry_at,
            ApiError::Conflict | ApiError::Malformed { .. } => None,
            ApiError::Refused { code, .. } if code.number() == 3500 => None,
            _ => return None,
        };
        let doubled = self.first_wait_ms.saturating_mul(1_u64.checked_shl(made.saturating_sub(1)).unwrap_or(u64::MAX));
        // Between the wait and twice that.
        let spread = random.checked_rem(doubled).unwrap_or_default();
        let wait = match told {
            Some(at) => at.saturating_sub(now_ms).saturating_add(spread.min(self.first_wait_ms)),
            None => doubled.saturating_add(spread),
        };
        (wait <= self.longest_wait_ms).then_some(wait)
    }
}
