use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};

/// What a text in ISO 8601 or RFC 9557 says, as far as that can be told without knowing any zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The date and time.
    pub wall: NaiveDateTime,
    /// Where it is read.
    pub place: Place,
    /// The zone in brackets.
    pub zone: Option<String>,
}

/// What stands behind a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nothing: it is on the wall clock of a zone.
    Wall,
    /// `Z`.
    Utc,
    /// An offset from UTC, seconds.
    Offset(i32),
}

/// Longest name of a zone.
const LONGEST_ZONE: usize = 60;
/// No zone is further from UTC, hours.
const FURTHEST: u32 = 15;

/// Reads the forms that people and models write: calendar, ordinal and week dates with and without hyphens; times with and without
/// colons, seconds, a fraction; `Z` or an offset; a zone in brackets. `T` and `Z` may be small, a space may stand for `T`.
pub fn read(text: &str) -> Option<Written> {
    let (text, zone, tagged) = without_brackets(text.trim())?;
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | 'W' | 'w'))).unwrap_or(text.len());
    let (day, rest) = text.split_at_checked(end)?;
    let date = date(day)?;
    if rest.is_empty() {
        return Some(Written { wall: date.and_time(NaiveTime::MIN), place: tagged.unwrap_or(Place::Wall), zone });
    }
    let time =
        rest.strip_prefix(['T', 't']).or_else(|| Some(rest.trim_start()).filter(|cut| cut.len() < rest.len()))?;
    let time = time.trim_start();
    let end = time.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ','))).unwrap_or(time.len());
    let (clock, place) = time.split_at_checked(end)?;
    let place = match (self::place(place.trim())?, tagged) {
        (Place::Wall, tagged) => tagged.unwrap_or(Place::Wall),
        (said, None) => said,
        (said, Some(tagged)) if said == tagged => said,
        _ => return None,
    };
    Some(Written { wall: at(date, clock)?, place, zone })
}

/// The text before the brackets of RFC 9557, the zone in them, and an offset in them.
fn without_brackets(mut text: &str) -> Option<(&str, Option<String>, Option<Place>)> {
    let (mut zone, mut offset) = (None, None);
    while let Some(rest) = text.strip_suffix(']') {
        let (before, inside) = rest.rsplit_once('[')?;
        let inside = inside.strip_prefix('!').unwrap_or(inside);
        let name = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
        if inside.starts_with(['+', '-']) {
            offset = Some(place(inside)?);
        } else if !inside.contains('=') {
            let fits = (1..=LONGEST_ZONE).contains(&inside.len()) && inside.chars().all(name) && zone.is_none();
            zone = Some(inside.to_owned()).filter(|_| fits);
            zone.as_ref()?;
        }
        text = before.trim_end();
    }
    Some((text, zone, offset))
}

fn date(text: &str) -> Option<NaiveDate> {
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let (year, rest) = text.split_at_checked(4)?;
    let year = i32::try_from(number(year)?).ok().filter(|year| (1970..=9998).contains(year))?;
    let hyphens = rest.starts_with('-');
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    if let Some(week) = rest.strip_prefix(['W', 'w']) {
        let (week, day) = if hyphens { week.split_once('-')? } else { week.split_at_checked(2)? };
        let day = Weekday::try_from(u8::try_from(number(day)?.checked_sub(1)?).ok()?).ok()?;
        return NaiveDate::from_isoywd_opt(year, number(week).filter(|_| week.len() == 2)?, day);
    }
    match (rest.split_once('-'), rest.len()) {
        (Some((month, day)), 3..=5) if hyphens => NaiveDate::from_ymd_opt(year, number(month)?, number(day)?),
        (None, 3) => NaiveDate::from_yo_opt(year, number(rest)?),
        (None, 4) if !hyphens => {
            let (month, day) = rest.split_at_checked(2)?;
            NaiveDate::from_ymd_opt(year, number(month)?, number(day)?)
        }
        _ => None,
    }
}

/// The time of a day; 24:00 is the midnight at its end, and a leap second the one after it.
fn at(date: NaiveDate, text: &str) -> Option<NaiveDateTime> {
    let (clock, fraction) = match text.split_once(['.', ',']) {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let two = |text: &str| (matches!(text.len(), 1 | 2)).then(|| text.parse::<u32>().ok()).flatten();
    let parts: Vec<&str> = if clock.contains(':') {
        clock.split(':').collect()
    } else {
        [0, 2, 4].iter().filter_map(|from| clock.get(*from..(*from + 2))).collect()
    };
    // Without colons every part has its two digits.
    let whole = clock.contains(':') || clock.len() == parts.len() * 2;
    let [hour, minute, second] = match parts.as_slice() {
        _ if !whole => return None,
        [hour] => [two(hour)?, 0, 0],
        [hour, minute] => [two(hour)?, two(minute).filter(|_| minute.len() == 2)?, 0],
        [hour, minute, second] => {
            let full = minute.len() == 2 && second.len() == 2;
            [two(hour)?, two(minute)?, two(second).filter(|_| full)?]
        }
        _ => return None,
    };
    let millis = match fraction {
        None => 0,
        Some(digits)
            if parts.len() == 3 && (1..=12).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            format!("{digits:0<3}").get(..3)?.parse::<u32>().ok()?
        }
        Some(_) => return None,
    };
    match (hour, minute, second, millis) {
        (24, 0, 0, 0) => Some(date.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN)),
        (_, _, 60, _) => date.and_hms_opt(hour, minute, 59)?.checked_add_signed(TimeDelta::seconds(1)),
        _ => date.and_hms_milli_opt(hour, minute, second, millis),
    }
}

fn place(text: &str) -> Option<Place> {
    match text {
        "" => return Some(Place::Wall),
        "Z" | "z" | "UTC" | "GMT" => return Some(Place::Utc),
        _ => {}
    }
    let (sign, digits) = match text.strip_prefix('+') {
        Some(digits) => (1, digits),
        // ISO 8601 has a true minus sign; a hyphen is taken everywhere.
        None => (-1, text.strip_prefix(['-', '\u{2212}'])?),
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some(parts), 4 | 5) => parts,
        (None, 2) => (digits, "00"),
        (None, 4) => digits.split_at_checked(2)?,
        _ => return None,
    };
    let number = |text: &str, most: u32| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten().filter(|number| *number <= most)
    };
    let minutes = number(minutes, 59).filter(|_| minutes.len() == 2)?;
    let seconds = i32::try_from(number(hours, FURTHEST)? * 3_600 + minutes * 60).ok()?;
    Some(if seconds == 0 { Place::Utc } else { Place::Offset(sign * seconds) })
}
