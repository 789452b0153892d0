use deputy_error::{Explained, Explanation};
use strum::EnumIter;

/// Why a schedule was not stored or not removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
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

impl Explained for ScheduleError {
    fn explanation(&self) -> Explanation<'_> {
        let said = |code, fix| Explanation::new(code, self.to_string(), fix);
        match self {
            Self::Past => {
                said("schedule_past", "Name a time that is still to come, in the user's zone or with its offset.")
            }
            Self::TooFar => said("schedule_too_far", "Name a time within ten years."),
            Self::Cron(_) => said(
                "schedule_cron",
                "Write five fields (minute, hour, day, month, weekday) that can come true together.",
            ),
            Self::Zone(_) => said("schedule_zone", "Name a zone of the IANA database that the runtime knows."),
            Self::Limit(_) => said("schedule_limit", "Cancel a schedule, or raise LIMIT_SCHEDULES.").later(),
            Self::Storage => {
                said("schedule_store", "Look at the log line chat_store: the object could not write.").later()
            }
        }
    }
}
