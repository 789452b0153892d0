use std::borrow::Cow;

use deputy_error::{Explained, Explanation};
use strum::EnumIter;

/// A setting that keeps the Worker from working. Names the setting and the fix, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct SettingsError {
    /// Name of the setting.
    pub setting: &'static str,
    /// What is wrong with it.
    pub problem: SettingsProblem,
    /// What to change.
    pub fix: Cow<'static, str>,
}

/// What can be wrong with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum SettingsProblem {
    /// It is not there, or empty.
    #[error("is missing")]
    Missing,
    /// It is there but not readable.
    #[error("is not valid")]
    Invalid,
    /// It does not go together with another.
    #[error("contradicts another setting")]
    Contradictory,
}

impl SettingsError {
    /// True if only the model is not set up.
    pub fn is_about_the_model(&self) -> bool {
        ["OPENAI_", "ANTHROPIC_", "GEMINI_", "MODEL"].iter().any(|family| self.setting.starts_with(family))
    }
}

impl Explained for SettingsError {
    fn explanation(&self) -> Explanation<'_> {
        let code = match self.problem {
            SettingsProblem::Missing => "setting_missing",
            SettingsProblem::Invalid => "setting_invalid",
            SettingsProblem::Contradictory => "setting_contradictory",
        };
        let message = format!("This app is not set up yet: the setting {} {}.", self.setting, self.problem);
        Explanation::new(code, message, self.fix.as_ref())
    }
}
