/// Why a schedule was not stored or not removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The time has passed.
    #[error("the time is in the past")]
    Past,
    /// More than ten years ahead.
    #[error("the time is too far ahead")]
    TooFar,
    /// Not a cron expression of five fields, or one that never comes true.
    #[error("\"{0}\" is not a cron expression that comes true")]
    Cron(String),
    /// An unknown zone.
    #[error("\"{0}\" is not an IANA time zone")]
    Zone(String),
    /// The user's limit.
    #[error("{0}")]
    Limit(String),
    /// It could not be written.
    #[error("the schedule could not be stored")]
    Storage,
}
