use std::rc::Rc;

use deputy_agent::UnknownTool;

use super::reader::Reader;
use crate::connections::Providers;
use crate::tools;
use crate::tools::defined::Definition;
use crate::tools::ports::ToolPorts;

impl Reader<'_> {
    /// The tools that are offered; without the setting all of them.
    pub(super) fn offered_tools(&mut self, providers: &Providers, defined: &[Rc<Definition>]) -> Option<Vec<String>> {
        let setting = self.optional("TOOLS")?;
        let names: Vec<String> =
            setting.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let all = tools::registry_with(providers, &ToolPorts::none(), defined, None);
        if names.is_empty() {
            self.invalid("TOOLS", "Name the tools that are offered, separated by commas, or leave it out.");
        } else if let Err(UnknownTool(unknown)) = all.only(&names) {
            self.invalid("TOOLS", format!("There is no tool named {unknown:.60}. docs/tools.md names them all."));
        }
        Some(names)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::SettingsProblem;
    use crate::config::testing::settings;

    #[test]
    fn tools_are_those_that_are_named_and_a_name_that_is_none_is_refused() {
        assert_eq!(settings(&[]).unwrap().tools, None);
        let some = settings(&[("TOOLS", " scheduleTask, buyStock ,")]).unwrap().tools.unwrap();
        assert_eq!(some, ["scheduleTask", "buyStock"]);
        for wrong in ["scheduleTask,sellStock", ",", "all"] {
            let error = settings(&[("TOOLS", wrong)]).err().unwrap();
            assert_eq!((error.setting, error.problem), ("TOOLS", SettingsProblem::Invalid), "{wrong}");
        }
    }
}
