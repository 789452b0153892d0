use std::borrow::Cow;

use super::{SettingsError, SettingsProblem};
use crate::connections::SettingsSource;

type Source<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads settings one after the other. What is refused is noted instead of returned, and reading goes on with an empty value: a way
/// out after each of forty settings would be most of this program.
pub(super) struct Reader<'a> {
    source: Source<'a>,
    /// The first that was refused.
    refused: Option<SettingsError>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Self { source, refused: None }
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    pub(super) fn first_refused(self) -> Option<SettingsError> {
        self.refused
    }

    pub(super) fn optional(&self, setting: &str) -> Option<String> {
        (self.source)(setting).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&self, setting: &str, default: &str) -> String {
        self.optional(setting).unwrap_or_else(|| default.to_owned())
    }

    pub(super) fn required(&mut self, setting: &'static str, fix: &'static str) -> String {
        self.optional(setting).unwrap_or_else(|| {
            self.refuse(setting, SettingsProblem::Missing, fix);
            String::new()
        })
    }

    pub(super) fn number(&mut self, setting: &'static str, default: u64) -> u64 {
        let Some(text) = self.optional(setting) else { return default };
        text.parse().unwrap_or_else(|_| {
            self.invalid(setting, "Set it to a whole number, or leave it out.");
            default
        })
    }

    pub(super) fn flag(&mut self, setting: &'static str) -> bool {
        match self.optional(setting).as_deref() {
            None | Some("0" | "false") => false,
            Some("1" | "true") => true,
            Some(_) => {
                self.invalid(setting, "Set it to 1, or leave it out.");
                false
            }
        }
    }

    /// A base URL, without its trailing slash.
    pub(super) fn url(&mut self, setting: &'static str) -> Option<String> {
        let text = self.optional(setting)?;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        if rest.is_none_or(|rest| rest.is_empty() || rest.contains(['?', '#', '@', ' ', '\\'])) {
            self.invalid(setting, "Set it to a URL such as https://api.example.com, without a query.");
        }
        Some(text.trim_end_matches('/').to_owned())
    }

    pub(super) fn invalid(&mut self, setting: &'static str, fix: impl Into<Cow<'static, str>>) {
        self.refuse(setting, SettingsProblem::Invalid, fix);
    }

    pub(super) fn refuse(
        &mut self,
        setting: &'static str,
        problem: SettingsProblem,
        fix: impl Into<Cow<'static, str>>,
    ) {
        self.refuse_error(SettingsError { setting, problem, fix: fix.into() });
    }

    pub(super) fn refuse_error(&mut self, error: SettingsError) {
        self.refused.get_or_insert(error);
    }
}

impl SettingsSource for Reader<'_> {
    fn url(&mut self, setting: &'static str) -> Option<String> {
        Reader::url(self, setting)
    }

    fn connection(&mut self, setting: &'static str, default: &str) -> String {
        let name = self.text(setting, default);
        if name.len() > 128 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
            self.invalid(setting, "Set it to the name of the connection in the Auth0 dashboard, or leave it out.");
        }
        name
    }

    fn text(&mut self, setting: &'static str, default: &str) -> String {
        Reader::text(self, setting, default)
    }
}
