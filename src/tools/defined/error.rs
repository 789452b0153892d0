use deputy_error::{Explained, Explanation};
use strum::EnumIter;

/// A list of definitions that is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("tool {tool}: {problem}")]
pub struct DefinitionError {
    /// Name of the tool, or its place in the list when it has no usable name.
    pub tool: String,
    /// What is wrong with it.
    pub problem: DefinitionProblem,
}

/// What can be wrong with a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum DefinitionProblem {
    /// No JSON, not a list of objects, a member that is missing, unknown or of another type.
    #[error("is not readable")]
    Unreadable,
    /// The name is empty, too long, or has characters other than letters, digits and `_`.
    #[error("has a name that cannot be one")]
    Name,
    /// Another tool has the name.
    #[error("has a name that is taken")]
    Taken,
    /// No effect, one that a request to somebody else's API cannot have, or one that contradicts the method.
    #[error("has no fitting effect")]
    Effect,
    /// Methods are GET, POST, PUT, PATCH and DELETE; the first and the last have no body.
    #[error("has no fitting method")]
    Method,
    /// No allowed host, or something that is not a host.
    #[error("names no host")]
    Hosts,
    /// The URL is not `https:` to an allowed host in every case.
    #[error("can leave its hosts")]
    LeavesHost,
    /// Path or query are not plain, or a parameter stands where none may stand.
    #[error("has no usable URL")]
    Url,
    /// The schema is not one that is checked in full, or an input is used that it lacks, or has one that is not used.
    #[error("has an input that does not fit")]
    Input,
    /// A header that is not the definition's to set.
    #[error("sets a header it may not set")]
    Header,
    /// The relation is not one to one object, or names an input that is not sent or that may be missing.
    #[error("has a relation that does not fit")]
    Relation,
}

impl Explained for DefinitionProblem {
    fn explanation(&self) -> Explanation<'_> {
        let (code, fix) = match self {
            Self::Unreadable => (
                "definition_unreadable",
                "CONNECTION_TOOLS is a JSON list; docs/data-tools.md has every member of a tool.",
            ),
            Self::Name => {
                ("definition_name", "A tool's name is 1 to 64 letters, digits and _, and begins with a letter.")
            }
            Self::Taken => {
                ("definition_name_taken", "Give each tool a name of its own; Deputy's own tools keep theirs.")
            }
            Self::Effect => ("definition_effect", "Set effect to reads, writes or sends; only GET and POST can read."),
            Self::Method => (
                "definition_method",
                "Set method to GET, POST, PUT, PATCH or DELETE, and give a body only to POST, PUT and PATCH.",
            ),
            Self::Hosts => ("definition_hosts", "List the hosts the tool may call in hosts, such as api.example.com."),
            Self::LeavesHost => (
                "definition_leaves_host",
                "Begin url with https:// and one of the tool's hosts, written out, without a parameter in it.",
            ),
            Self::Url => (
                "definition_url",
                "Give url a plain path and query; parameters stand in path segments and in values of the query.",
            ),
            Self::Input => (
                "definition_input",
                "Give input an object schema of the supported kind, and use each input once or more in url or body.",
            ),
            Self::Header => {
                ("definition_header", "Leave out headers that carry credentials or that the request makes itself.")
            }
            Self::Relation => (
                "definition_relation",
                "Give relation a relation and an object like doc:{id}, with required inputs that url or body send too.",
            ),
        };
        Explanation::new(
            code,
            format!("This app is not set up yet: a tool of the setting CONNECTION_TOOLS {self}."),
            fix,
        )
    }
}

impl Explained for DefinitionError {
    fn explanation(&self) -> Explanation<'_> {
        self.problem.explanation()
    }
}
