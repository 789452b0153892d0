//! The turn engine of Deputy: transcript, tool calls, authority, interrupts, schedules, recovery. No I/O.
//!
//! A chat is a log of [`Record`]s. [`State`] is the fold over it, [`State::plan`] says what to do next, and [`Driver`] does
//! it through [`Ports`]. What clients are shown is a projection of the changes. Nothing happens that was not written first, so a
//! process may die at any point and the next one goes on.

mod authority;
mod chat;
mod cron;
mod run;
mod schedule;
mod schedule_error;
mod show;
mod tool;
mod wall_clock;

pub use authority::{
    Answers, Authority, Credentials, Digest, Effect, Grant, Permit, Related, Relation, Ruling, Unrelated, VerifiedUser,
    rule,
};
pub use chat::{
    Accepted, Answered, Ask, Branch, Call, CallHead, CallOutcome, CallState, Change, DUE, Decision, Lane, LoggedRows,
    MAX_ATTEMPTS, MAX_BRANCHES, MAX_OUTPUT_BYTES, MAX_QUEUED, MAX_QUEUED_CALLS, MAX_STEPS, MAX_WAITS, Marks, NewTurn,
    NextStep, NotRun, Origin, PAUSE_MS, ParkedCall, Pause, PauseReason, Plan, ProgramCall, READ_ONLY, READ_ONLY_CODE,
    RECORD_VERSION, Record, State, Stream, Turn, TurnHead, TurnOutcome, UnreadableRecord, Usage, message_text,
    plain_prompt, rfc3339, system_prompt, time_of_day,
};
pub use cron::next_cron;
pub use run::{
    Approval, AskApproval, CallAsk, Driver, FLUSH_AFTER_MS, FLUSH_AT_BYTES, Obtain, Obtained, Ports, Problem, Settled,
    StoreError, TurnContext,
};
pub use schedule::{NewSchedule, Schedule, When, first_run};
pub use schedule_error::ScheduleError;
pub use show::{Emission, Ending};
pub use tool::{
    CallContext, ErasedTool, InputError, InputProblem, NoRelation, Registry, RelationTemplate, Tool, ToolError, Unfit,
    UnknownTool, fields, fitted_input, input_problems, parameters, read_input,
};
pub use wall_clock::WallClock;
