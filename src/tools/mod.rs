//! The tools, by provider: one file each, and its lines here: the file's name and the tool.

pub mod defined;
#[cfg(test)]
mod documentation;
#[cfg(test)]
#[path = "../../docs/examples/get_github_profile.rs"]
mod get_github_profile;
pub mod mcp;
mod moment;
pub mod ports;
#[cfg(test)]
mod prompt_size;
pub mod provider;
pub mod sample;
#[cfg(test)]
mod testing;

mod chat {
    pub mod get_local_time;
    pub mod get_user_info;
    pub mod get_weather_information;
}

mod commerce {
    pub mod buy_stock;
    mod order;
    pub mod shop_online;
}

pub mod documents {
    pub mod get_context_documents;
    pub mod library;
    pub mod list_documents;
    mod refusal;
    pub mod save_document;
    #[cfg(test)]
    mod testing;
}

mod github {
    pub mod deploy_to_production;
    pub mod list_github_events;
    pub mod list_repositories;
}

mod google {
    pub mod check_users_calendar;
    pub mod create_task;
    mod event;
    pub mod get_calendar_events;
    pub mod get_tasks;
    pub mod gmail_draft;
    pub mod gmail_search;
    pub mod list_user_calendars;
    mod mail_text;
    mod quotes;
}

mod salesforce {
    pub mod get_customer_record;
    pub mod list_opportunities;
}

mod schedule {
    pub mod cancel_scheduled_task;
    pub mod get_scheduled_tasks;
    pub mod schedule_task;
}

mod slack {
    pub mod list_channels;
}

use std::rc::Rc;

use deputy_agent::Registry;

use crate::connections::Providers;
use ports::ToolPorts;
use provider::Provider;

/// Every tool the agent has.
pub fn registry(settings: &Providers, ports: &ToolPorts) -> Registry {
    let [github, google, slack] = ["github", "google", "slack"].map(|id| Provider::of(settings, id));
    let (schedules, zones) = (|| Rc::clone(&ports.schedules), || Rc::clone(&ports.zones));
    let library = || Rc::clone(&ports.library);
    Registry::default()
        .with(chat::get_local_time::GetLocalTime(zones()))
        .with(chat::get_user_info::GetUserInfo::new(settings))
        .with(chat::get_weather_information::GetWeatherInformation)
        .with(commerce::buy_stock::BuyStock(settings.api("stock")))
        .with(commerce::shop_online::ShopOnline(settings.api("shop")))
        .with(documents::get_context_documents::GetContextDocuments(library()))
        .with(documents::list_documents::ListDocuments(library()))
        .with(documents::save_document::SaveDocument(library()))
        .with(github::deploy_to_production::DeployToProduction::new(settings))
        .with(github::list_github_events::ListGitHubEvents(github.clone()))
        .with(github::list_repositories::ListRepositories(github))
        .with(google::check_users_calendar::CheckUsersCalendar(google.clone(), zones()))
        .with(google::create_task::CreateTask(google.clone(), zones()))
        .with(google::get_calendar_events::GetCalendarEvents(google.clone(), zones()))
        .with(google::get_tasks::GetTasks(google.clone()))
        .with(google::gmail_draft::GmailDraft(google.clone()))
        .with(google::gmail_search::GmailSearch(google.clone()))
        .with(google::list_user_calendars::ListUserCalendars(google))
        .with(salesforce::get_customer_record::GetCustomerRecord::new(settings))
        .with(salesforce::list_opportunities::ListOpportunities(Provider::of(settings, "salesforce")))
        .with(schedule::cancel_scheduled_task::CancelScheduledTask(schedules()))
        .with(schedule::get_scheduled_tasks::GetScheduledTasks(schedules()))
        .with(schedule::schedule_task::ScheduleTask(ports.clone()))
        .with(slack::list_channels::ListChannels(slack))
}

/// Every tool of its own, and those defined in data; of them those that are `offered`, or all.
pub fn registry_with(
    settings: &Providers,
    ports: &ToolPorts,
    defined: &[Rc<defined::Definition>],
    offered: Option<&[String]>,
) -> Registry {
    let tools = defined.iter().map(|definition| Rc::new(defined::DefinedTool(Rc::clone(definition))));
    let all = tools.fold(registry(settings, ports), |registry, tool| registry.with_erased(tool));
    match offered {
        // The settings have been checked: a name that is no tool's has been refused there.
        Some(names) => all.only(names).unwrap_or_default(),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testing::providers;

    /// CF-25, CF-26, CF-27: the names of the documents. Old clients cut a name at `-`.
    #[test]
    fn cf_25_names() {
        let tools = registry(&providers(&[]), &ToolPorts::none());
        let names = tools.names();
        for name in [
            "getWeatherInformation",
            "getLocalTime",
            "scheduleTask",
            "getScheduledTasks",
            "cancelScheduledTask",
            "checkUsersCalendar",
            "getCalendarEventsTool",
            "listUserCalendars",
            "gmailSearchTool",
            "gmailDraftTool",
            "getTasksTool",
            "createTasksTool",
            "listRepositories",
            "listGitHubEvents",
            "listChannels",
            "listOpportunities",
            "get_user_info",
            "get_context_documents",
            "buyStock",
            "shop_online",
        ] {
            assert!(names.contains(&name), "{name}");
        }
        assert!(names.iter().all(|name| !name.contains('-')));
    }

    /// Issue 11: a small model copies what it sees; a zone in an example would be taken for the user's.
    #[test]
    fn no_description_holds_a_zone_to_copy() {
        for tool in registry(&providers(&[]), &ToolPorts::none()).definitions() {
            let text = format!("{} {}", tool.description, tool.parameters);
            for zone in ["Europe/", "America/", "Asia/", "+00:00", "+01:00", "+02:00", ":00Z", "GMT"] {
                assert!(!text.contains(zone), "{}: {text}", tool.name);
            }
        }
    }

    /// Every schema is an object with properties, inline, as model APIs ask.
    #[test]
    fn schemas_are_objects() {
        for tool in registry(&providers(&[]), &ToolPorts::none()).definitions() {
            assert_eq!(tool.parameters.get("type").and_then(|kind| kind.as_str()), Some("object"), "{}", tool.name);
            assert!(tool.parameters.get("properties").is_some_and(serde_json::Value::is_object), "{}", tool.name);
            let text = tool.parameters.to_string();
            for word in
                ["$ref", "\"format\":\"uint", "\"format\":\"int", "\"format\":\"double", "null", "oneOf", "anyOf"]
            {
                assert!(!text.contains(word), "{}: {text}", tool.name);
            }
        }
    }
}
