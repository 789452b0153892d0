//! Trial 1, as a property: cron through every change of the clock of every zone from 2024 to 2030, against jiff, which reads
//! the wall clock with rules of its own.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::collections::HashSet;

use deputy_agent::next_cron;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// What a change of the clock does to an expression.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Every so many minutes: at every instant at which the clock shows such a time.
    Goes,
    /// Every hour, or every so many minutes of some hours: the same, and what is left out is moved.
    GoesAndMoves,
    /// At fixed times: moved, and once.
    Fixed,
}

struct Expression {
    text: &'static str,
    kind: Kind,
    fits: fn(i8, i8) -> bool,
}

const EXPRESSIONS: [Expression; 10] = [
    Expression { text: "*/15 * * * *", kind: Kind::Goes, fits: |_, minute| minute % 15 == 0 },
    Expression { text: "*/7 * * * *", kind: Kind::Goes, fits: |_, minute| minute % 7 == 0 },
    Expression { text: "0 * * * *", kind: Kind::GoesAndMoves, fits: |_, minute| minute == 0 },
    Expression { text: "*/20 0-3 * * *", kind: Kind::GoesAndMoves, fits: |hour, minute| hour <= 3 && minute % 20 == 0 },
    Expression { text: "30 2 * * *", kind: Kind::Fixed, fits: |hour, minute| (hour, minute) == (2, 30) },
    Expression { text: "0 2 * * *", kind: Kind::Fixed, fits: |hour, minute| (hour, minute) == (2, 0) },
    Expression { text: "30 1 * * *", kind: Kind::Fixed, fits: |hour, minute| (hour, minute) == (1, 30) },
    Expression { text: "0 0 * * *", kind: Kind::Fixed, fits: |hour, minute| (hour, minute) == (0, 0) },
    Expression {
        text: "10,50 0,2,3,23 * * *",
        kind: Kind::Fixed,
        fits: |hour, minute| matches!(hour, 0 | 2 | 3 | 23) && matches!(minute, 10 | 50),
    },
    Expression { text: "45 */2 * * *", kind: Kind::Fixed, fits: |hour, minute| hour % 2 == 0 && minute == 45 },
];

fn offset(zone: &TimeZone, at: u64) -> Option<i32> {
    Some(zone.to_offset(Timestamp::from_millisecond(i64::try_from(at).ok()?).ok()?).seconds())
}

/// The instants that one wall time means, seconds.
fn instants(zone: &TimeZone, wall: DateTime, kind: Kind) -> Vec<i64> {
    let at = |offset: Offset| offset.to_timestamp(wall).unwrap().as_second();
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => vec![at(offset)],
        AmbiguousOffset::Gap { before, .. } if kind != Kind::Goes => vec![at(before)],
        AmbiguousOffset::Gap { .. } => vec![],
        AmbiguousOffset::Fold { before, .. } if kind == Kind::Fixed => vec![at(before)],
        AmbiguousOffset::Fold { before, after } => vec![at(before), at(after)],
    }
}

/// When it comes true in a stretch of time, minute by minute.
fn expected(zone: &TimeZone, expression: &Expression, from: i64, until: i64) -> Vec<i64> {
    let day = 86_400;
    let mut wall = Offset::UTC.to_datetime(Timestamp::from_second(from - from.rem_euclid(60) - day).unwrap());
    let last = Offset::UTC.to_datetime(Timestamp::from_second(until + day).unwrap());
    let mut runs = Vec::new();
    while wall < last {
        if (expression.fits)(wall.hour(), wall.minute()) {
            let found = instants(zone, wall, expression.kind);
            runs.extend(found.into_iter().filter(|at| (from + 1..=until).contains(at)));
        }
        wall = wall.checked_add(jiff::Span::new().minutes(1)).unwrap();
    }
    runs.sort_unstable();
    runs.dedup();
    runs
}

fn runs(zone: &TimeZone, cron: &str, from: i64, until: i64) -> Vec<i64> {
    let mut runs = Vec::new();
    let mut after = from;
    loop {
        let next = next_cron(cron, "zone", u64::try_from(after).unwrap() * 1000, |_, at| offset(zone, at));
        let next = i64::try_from(next.unwrap() / 1000).unwrap();
        assert!(next > after, "{cron} comes true in the past");
        if next > until {
            return runs;
        }
        runs.push(next);
        after = next;
    }
}

/// The changes of a zone's clock from 2024 to 2030, each with the offset from then on.
fn changes(zone: &TimeZone) -> Vec<(i64, i32)> {
    let begin: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
    let end: Timestamp = "2031-01-01T00:00:00Z".parse().unwrap();
    let mut before = zone.to_offset(begin).seconds();
    let mut changes = Vec::new();
    for change in zone.following(begin).take_while(|change| change.timestamp() < end) {
        let after = change.offset().seconds();
        if after != before {
            changes.push((change.timestamp().as_second(), after));
        }
        before = after;
    }
    changes
}

#[test]
fn t01_cron_goes_through_every_change_of_every_zone() {
    let database = jiff::tz::db();
    let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
    assert!(names.len() > 400, "{} zones", names.len());
    // Zones whose clocks change alike need to be looked at once.
    let (mut seen, mut looked_at) = (HashSet::new(), 0);
    for name in &names {
        let zone = database.get(name).unwrap();
        for change in changes(&zone) {
            let (at, after) = change;
            let before = zone.to_offset(Timestamp::from_second(at - 1).unwrap()).seconds();
            if !seen.insert((at, before, after)) {
                continue;
            }
            looked_at += 1;
            let (from, until) = (at - 3 * 3_600 - 17, at + 5 * 3_600);
            for expression in &EXPRESSIONS {
                let expected = expected(&zone, expression, from, until);
                let runs = runs(&zone, expression.text, from, until);
                assert_eq!(runs, expected, "{} in {name} around {at}", expression.text);
            }
        }
    }
    assert!(looked_at > 200, "{looked_at} changes");
}

/// A recurring task always has a next time, from wherever it is looked for.
#[test]
fn t01_there_is_always_a_next_time() {
    let database = jiff::tz::db();
    for name in database.available() {
        let zone = database.get(name.as_str()).unwrap();
        for (at, _) in changes(&zone).into_iter().take(2) {
            for minutes in [-90, -61, -60, -45, -30, -1, 0, 1, 29, 30, 59, 60, 61, 120] {
                let after = u64::try_from(at + minutes * 60).unwrap() * 1000;
                for cron in ["*/15 * * * *", "30 2 * * *", "0 9 1 1 *", "15 0 29 2 *", "0 3 * * 0"] {
                    let next = next_cron(cron, "zone", after, |_, at| offset(&zone, at));
                    assert!(next.as_ref().is_ok_and(|next| *next > after), "{cron} in {} after {after}", name.as_str());
                }
            }
        }
    }
}
