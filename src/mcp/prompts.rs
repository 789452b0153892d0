//! Prompts that a user picks in a client: what Deputy is good for, in one sentence each.

use std::collections::BTreeMap;

use deputy_mcp::protocol::{Content, GetPromptResult, Prompt, PromptArgument, PromptMessage, Role};
use deputy_mcp::server::Fault;

/// Characters of an argument.
const MOST: usize = 2_000;

struct Argument {
    name: &'static str,
    description: &'static str,
    /// What stands for it when it is left out; none if the prompt is nothing without it.
    otherwise: Option<&'static str>,
}

struct Template {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    argument: Argument,
    /// With `{}` for the argument.
    text: &'static str,
}

const ALL: [Template; 3] = [
    Template {
        name: "plan_my_day",
        title: "Plan my day",
        description: "Calendar, tasks and mail of a day, and a plan for it",
        argument: Argument { name: "day", description: "Which day; today if left out", otherwise: Some("today") },
        text: "Plan my day: {}. Look at my calendar and my open tasks, and at unread mail that may matter for it. Tell me what is fixed, \
            what is left to do and in which order you would do it. Change nothing without asking me.",
    },
    Template {
        name: "summarise_documents",
        title: "Summarise my documents",
        description: "What the user's documents say about something, with the sources",
        argument: Argument { name: "topic", description: "About what", otherwise: None },
        text: "Summarise what my documents say about this: {}\n\nUse get_context_documents. Answer from what it finds alone, name the \
            title of the document behind each statement, and say so if they do not tell.",
    },
    Template {
        name: "find_a_time",
        title: "Find a time",
        description: "When the user is free for something",
        argument: Argument { name: "what", description: "For what, for how long, until when", otherwise: None },
        text: "Find a time for this: {}\n\nCheck my calendar with checkUsersCalendar, propose three times at which I am free, and do not \
            put anything into the calendar.",
    },
];

/// All of them.
pub fn listed() -> Vec<Prompt> {
    let prompt = |template: &Template| {
        let Argument { name, description, otherwise } = &template.argument;
        let argument = PromptArgument {
            name: (*name).to_owned(),
            title: None,
            description: Some((*description).to_owned()),
            required: Some(otherwise.is_none()),
        };
        Prompt {
            name: template.name.to_owned(),
            title: Some(template.title.to_owned()),
            description: Some(template.description.to_owned()),
            arguments: vec![argument],
            ..Prompt::default()
        }
    };
    ALL.iter().map(prompt).collect()
}

/// A prompt with its argument.
///
/// Errors: there is no such prompt; an argument is missing or too long.
pub fn filled(name: &str, arguments: &BTreeMap<String, String>) -> Result<GetPromptResult, Fault> {
    let template = ALL.iter().find(|template| template.name == name);
    let template = template.ok_or_else(|| Fault::NotThere { name: name.to_owned() })?;
    let argument = &template.argument;
    let given = arguments.get(argument.name).map(|given| given.trim()).filter(|given| !given.is_empty());
    let given = given.or(argument.otherwise);
    let given = given.ok_or_else(|| Fault::invalid(format!("The argument `{}` is missing.", argument.name)))?;
    if given.chars().count() > MOST {
        return Err(Fault::invalid(format!("The argument `{}` has more than {MOST} characters.", argument.name)));
    }
    let message = PromptMessage { role: Role::User, content: Content::text(template.text.replace("{}", given)) };
    Ok(GetPromptResult { description: Some(template.description.to_owned()), messages: vec![message] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, arguments: &[(&str, &str)]) -> Result<String, Fault> {
        let arguments = arguments.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        filled(name, &arguments).map(|filled| format!("{:?}", filled.messages))
    }

    #[test]
    fn prompts_are_filled_in_or_refused() {
        assert!(text("plan_my_day", &[]).unwrap().contains("Plan my day: today."));
        assert!(text("plan_my_day", &[("day", "Friday"), ("other", "x")]).unwrap().contains("Plan my day: Friday."));
        assert!(text("summarise_documents", &[("topic", "{} ZEKO")]).unwrap().contains("about this: {} ZEKO"));
        for (name, arguments) in
            [("summarise_documents", &[][..]), ("summarise_documents", &[("topic", " ")]), ("find_a_time", &[])]
        {
            assert!(matches!(text(name, arguments), Err(Fault::InvalidParams { .. })), "{name}");
        }
        let long = "x".repeat(MOST + 1);
        assert!(matches!(text("find_a_time", &[("what", &long)]), Err(Fault::InvalidParams { .. })));
        assert!(matches!(text("nothing", &[]), Err(Fault::NotThere { .. })));
        for prompt in listed() {
            assert!(text(&prompt.name, &[(prompt.arguments[0].name.as_str(), "this")]).is_ok());
        }
    }
}
