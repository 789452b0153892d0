//! How much of a prompt the tools are.

use deputy_models::ToolDefinition;
use serde_json::{Value, json};

use super::ports::ToolPorts;
use super::registry;
use super::testing::providers;

/// Bytes of the tools as chat completions are sent them. A tool more is two to four hundred: raise it with a reason.
const MOST: usize = 8_900;

fn sent(tools: Vec<ToolDefinition>) -> String {
    let tool = |ToolDefinition { name, description, parameters }| json!({"type": "function", "function": {"name": name, "description": description, "parameters": parameters}});
    Value::from_iter(tools.into_iter().map(tool)).to_string()
}

/// Issue 11: 21 tools were 2,575 of the 2,800 tokens of a prompt.
#[test]
fn the_tools_are_a_bounded_part_of_a_prompt() {
    let tools = registry(&providers(&[]), &ToolPorts::none()).definitions();
    let (count, bytes) = (tools.len(), sent(tools).len());
    assert!(bytes <= MOST, "{count} tools are {bytes} bytes of a request, and {MOST} are allowed");
    let said = format!("All tools together are at most {MOST} bytes of a request");
    assert!(include_str!("../../docs/models.md").contains(&said), "docs/models.md says: {said}");
}

/// What a user says leads a small model to the tool that it needs, and away from most others.
#[test]
fn the_words_of_a_user_lead_to_the_tools_they_need() {
    let tools = registry(&providers(&[]), &ToolPorts::none());
    for (said, needed) in [
        ("What is in my calendar tomorrow?", "getCalendarEventsTool"),
        ("Am I free tomorrow at 9?", "checkUsersCalendar"),
        ("Which calendars do I have?", "listUserCalendars"),
        ("Buy 3 shares of GOOGL", "buyStock"),
        ("Order two pairs of shoes", "shop_online"),
        ("In 20 seconds remind me to stretch", "scheduleTask"),
        ("Every day at nine tell me the news", "scheduleTask"),
        ("Which reminders are there?", "getScheduledTasks"),
        ("Cancel the first one", "cancelScheduledTask"),
        ("Any mail from Ben?", "gmailSearchTool"),
        ("Draft an email to Ben", "gmailDraftTool"),
        ("Put milk on my tasks", "createTasksTool"),
        ("What are my to-dos, I mean tasks?", "getTasksTool"),
        ("My repositories on GitHub", "listRepositories"),
        ("What happened on GitHub today?", "listGitHubEvents"),
        ("Deploy main of ana/tiles", "deployToProduction"),
        ("Which Slack channels am I in?", "listChannels"),
        ("Open opportunities", "listOpportunities"),
        ("Show the customer Dana", "getCustomerRecord"),
        ("What do my documents say about ZEKO?", "get_context_documents"),
        ("Which documents are there?", "list_documents"),
        ("Save this as a document", "save_document"),
        ("Who am I?", "get_user_info"),
        ("What time is it in Tokyo?", "getLocalTime"),
        ("Weather in Oslo", "getWeatherInformation"),
    ] {
        let about: Vec<&str> = tools.about(said).collect();
        assert!(about.contains(&needed), "{said}: {about:?}");
        assert!(about.len() <= 7, "{said}: {about:?}");
    }
    for nothing in ["Hello", "Thanks", "Was steht an?"] {
        assert_eq!(tools.about(nothing).count(), 0, "{nothing}");
    }
}
