//! The wall clock of a time zone: which instant it means by a time, also in the nights when it is changed.

/// Seconds of an hour.
const HOUR: i64 = 3_600;
/// No zone changes its clock twice within this time, and no change is longer, seconds.
const NEAR: i64 = 27 * HOUR;
/// No zone is further from UTC than this, west and east, seconds.
const WEST: i64 = 13 * HOUR;
const EAST: i64 = 15 * HOUR;

/// The clock of a zone, by its offset from UTC in seconds at an instant in milliseconds. Instants here are seconds; wall times
/// are seconds as if they were UTC.
pub struct WallClock<'z, Offset> {
    zone: &'z str,
    offset: Offset,
}

/// A stretch of time without a change of the clock, as far as changes are near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Offset from UTC, seconds.
    pub offset: i64,
    /// When it began, and the offset before.
    pub began: Option<(i64, i64)>,
    /// When it ends, exclusive: at a change, or where none was looked for.
    pub ends: i64,
    /// True when it ends at a change.
    pub changes: bool,
}

impl<'z, Offset: Fn(&str, u64) -> Option<i32>> WallClock<'z, Offset> {
    /// The clock of this zone.
    pub fn new(zone: &'z str, offset: Offset) -> Self {
        Self { zone, offset }
    }

    /// Offset from UTC, seconds. None: the zone is not known.
    pub fn offset(&self, at: i64) -> Option<i64> {
        let at = u64::try_from(at).unwrap_or_default();
        (self.offset)(self.zone, at.saturating_mul(1000)).map(i64::from)
    }

    /// The instant at which the clock shows this. A time that does not exist is moved by the length of the gap; of one that
    /// exists twice the first counts. None: the zone is not known.
    pub fn instant(&self, wall: i64) -> Option<i64> {
        let (before, after) = (self.offset(wall - EAST)?, self.offset(wall + WEST)?);
        let (first, second) = (wall - before, wall - after);
        let exists = before == after || self.offset(first)? == before || self.offset(second)? != after;
        Some(if exists { first } else { second })
    }

    /// The stretch in which an instant lies. None: the zone is not known.
    pub fn stretch(&self, at: i64) -> Option<Stretch> {
        let offset = self.offset(at)?;
        let (before, after) = (self.offset(at - NEAR)?, self.offset(at + NEAR)?);
        let began = if before == offset { None } else { Some((self.change(at - NEAR, at)?, before)) };
        let (ends, changes) = if after == offset { (at + NEAR, false) } else { (self.change(at, at + NEAR)?, true) };
        Some(Stretch { offset, began, ends, changes })
    }

    /// The first instant after `before`, up to `after`, at which the offset is no longer that of `before`.
    fn change(&self, mut before: i64, mut after: i64) -> Option<i64> {
        let offset = self.offset(before)?;
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if self.offset(middle)? == offset { before = middle } else { after = middle }
        }
        Some(after)
    }
}

/// The earliest instant that a matching wall time can mean, whatever the zone.
pub fn earliest(wall: i64) -> i64 {
    wall - EAST
}
