//! The tools, by provider: one file each, and its lines here: the file's name and the tool.

pub mod defined;
#[cfg(test)]
mod documentation;
#[cfg(test)]
#[path = "../../docs/examples/get_github_profile.rs"]
mod get_github_profile;
mod moment;
mod provider;
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

mod github {
    pub mod deploy_to_production;
    pub mod list_github_events;
    pub mod list_repositories;
}

mod google {
    pub mod check_users_calendar;
    pub mod create_task;
    pub mod get_calendar_events;
    pub mod get_tasks;
    pub mod gmail_draft;
    pub mod gmail_search;
    pub mod list_user_calendars;
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

use crate::config::Providers;
use provider::Provider;

/// What `schemars` made of the inputs; a test keeps it up to date (`DEPUTY_BLESS=1 cargo test -p deputy schemas` writes it).
const SCHEMAS: &str = include_str!("schemas.json");

/// Every tool the agent has.
pub fn registry(settings: &Providers) -> Registry {
    let google = Provider::google(settings);
    Registry::default()
        .with_schemas(SCHEMAS)
        .with(chat::get_local_time::GetLocalTime)
        .with(chat::get_user_info::GetUserInfo)
        .with(chat::get_weather_information::GetWeatherInformation)
        .with(commerce::buy_stock::BuyStock(settings.stock.clone()))
        .with(commerce::shop_online::ShopOnline(settings.shop.clone()))
        .with(github::deploy_to_production::DeployToProduction::new(settings))
        .with(github::list_github_events::ListGitHubEvents(Provider::github()))
        .with(github::list_repositories::ListRepositories(Provider::github()))
        .with(google::check_users_calendar::CheckUsersCalendar(google.clone()))
        .with(google::create_task::CreateTask(google.clone()))
        .with(google::get_calendar_events::GetCalendarEvents(google.clone()))
        .with(google::get_tasks::GetTasks(google.clone()))
        .with(google::gmail_draft::GmailDraft(google.clone()))
        .with(google::gmail_search::GmailSearch(google.clone()))
        .with(google::list_user_calendars::ListUserCalendars(google))
        .with(salesforce::get_customer_record::GetCustomerRecord::new(settings))
        .with(salesforce::list_opportunities::ListOpportunities::new(settings))
        .with(schedule::cancel_scheduled_task::CancelScheduledTask)
        .with(schedule::get_scheduled_tasks::GetScheduledTasks)
        .with(schedule::schedule_task::ScheduleTask)
        .with(slack::list_channels::ListChannels(Provider::slack()))
}

/// Every tool of its own, and those defined in data.
pub fn registry_with(settings: &Providers, defined: &[Rc<defined::Definition>]) -> Registry {
    let tools = defined.iter().map(|definition| Box::new(defined::DefinedTool(Rc::clone(definition))));
    tools.fold(registry(settings), |registry, tool| registry.with_erased(tool))
}

#[cfg(test)]
mod tests {
    use super::*;
    use testing::providers;

    /// CF-25, CF-26, CF-27: the names of the documents. Old clients cut a name at `-`.
    #[test]
    fn cf_25_names() {
        let tools = registry(&providers(&[]));
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
            "buyStock",
            "shop_online",
        ] {
            assert!(names.contains(&name), "{name}");
        }
        assert!(names.iter().all(|name| !name.contains('-')));
    }

    /// The schemas the Worker carries are those that `schemars` makes of the inputs today.
    #[test]
    fn schemas_are_up_to_date() {
        let made = registry(&providers(&[])).with_schemas("{}").definitions();
        let lines: Vec<String> = made.iter().map(|tool| format!("\"{}\": {}", tool.name, tool.parameters)).collect();
        let text = format!("{{\n{}\n}}\n", lines.join(",\n"));
        if std::env::var_os("DEPUTY_BLESS").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tools/schemas.json"), &text).unwrap();
        } else {
            let [made, carried]: [serde_json::Value; 2] =
                [&text, SCHEMAS].map(|text| serde_json::from_str(text).unwrap());
            assert_eq!(carried, made, "an input changed: DEPUTY_BLESS=1 cargo test -p deputy schemas");
        }
    }

    /// Every schema is an object with properties, inline, as model APIs ask.
    #[test]
    fn schemas_are_objects() {
        for tool in registry(&providers(&[])).definitions() {
            assert_eq!(tool.parameters.get("type").and_then(|kind| kind.as_str()), Some("object"), "{}", tool.name);
            assert!(tool.parameters.get("properties").is_some_and(serde_json::Value::is_object), "{}", tool.name);
            assert!(!tool.parameters.to_string().contains("$ref"), "{}", tool.name);
        }
    }
}
