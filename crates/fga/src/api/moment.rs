use chrono::{DateTime, SecondsFormat};

/// What a call is told of the world: the time, and something nobody can guess.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Milliseconds since the epoch.
    pub now_ms: u64,
    /// Of it the lower 80 bits are used.
    pub random: u128,
}

impl Moment {
    /// A new id: a ULID, so later ids are greater.
    pub(super) fn ulid(self) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let random = self.random & ((1 << 80) - 1);
        let number = (u128::from(self.now_ms & ((1 << 48) - 1)) << 80) | random;
        let digit = |place: u32| ALPHABET.get(usize::from((number >> (place * 5)) as u8 & 31)).copied();
        (0..26).rev().filter_map(digit).map(char::from).collect()
    }
}

/// As protocol buffers write a time: RFC 3339 in UTC.
pub(super) fn rfc3339(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_ulid_in_the_order_of_time() {
        let ulid = |now_ms, random| Moment { now_ms, random }.ulid();
        assert_eq!(ulid(0, 0), "00000000000000000000000000");
        assert_eq!(ulid(u64::MAX, u128::MAX), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
        assert!(ulid(1_800_000_000_000, u128::MAX) < ulid(1_800_000_000_001, 0));
        assert_eq!(rfc3339(1_800_000_000_007), "2027-01-15T08:00:00.007Z");
        assert_eq!(rfc3339(u64::MAX), "1970-01-01T00:00:00.000Z");
    }
}
