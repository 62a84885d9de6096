//! An account of the 2020-04-01 API in memory: what was created is there, until it is deleted.

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use super::service::{Call, Reply, Service, data};

#[derive(Clone, Default)]
pub(crate) struct Account {
    things: Arc<Mutex<Things>>,
}

#[derive(Default)]
struct Things {
    buses: Vec<Value>,
    rules: Vec<Value>,
    destinations: Vec<Value>,
    connections: Vec<Value>,
}

impl Account {
    /// An account with one rule.
    pub(crate) fn with_rule(rule: Value) -> Self {
        let account = Self::default();
        account.things.lock().unwrap().rules.push(rule);
        account
    }

    pub(crate) fn rule(&self, name: &str) -> Value {
        let things = self.things.lock().unwrap();
        things.rules.iter().find(|rule| rule["RuleName"] == name).unwrap().clone()
    }

    pub(crate) fn connection(&self, name: &str) -> Value {
        let things = self.things.lock().unwrap();
        let found = things.connections.iter().find(|one| one["ConnectionName"] == name);
        found.unwrap().clone()
    }

    pub(crate) async fn serve(&self) -> Service {
        let account = self.clone();
        Service::start(move |_, call| account.answer(call)).await
    }

    fn answer(&self, call: &Call) -> Reply {
        let mut things = self.things.lock().unwrap();
        match things.done(&call.name, call.members.clone()) {
            Ok(value) => data(&value),
            Err(code) => {
                Reply::Json(409, json!({"Code": code, "Message": "words", "RequestId": "REQ-2"}))
            }
        }
    }
}

impl Things {
    fn done(&mut self, name: &str, members: Map<String, Value>) -> Result<Value, &'static str> {
        let new = Value::Object(members);
        match name {
            "createeventbus" => {
                create(&mut self.buses, "EventBusName", new, "EventBusAlreadyExist")
            }
            "geteventbus" => get(&self.buses, "EventBusName", &new, "EventBusNotExist"),
            "deleteeventbus" => delete(&mut self.buses, "EventBusName", &new, "EventBusNotExist"),
            "listeventbuses" => Ok(json!({"EventBuses": self.buses})),
            "createrule" => create(&mut self.rules, "RuleName", new, "EventRuleAlreadyExist"),
            "getrule" => get(&self.rules, "RuleName", &new, "EventRuleNotExisted"),
            "updaterule" => update(&mut self.rules, "RuleName", &new, "EventRuleNotExisted"),
            "enablerule" | "disablerule" => {
                let status = if name == "enablerule" { "ENABLE" } else { "DISABLE" };
                let new = json!({"RuleName": new["RuleName"], "Status": status});
                update(&mut self.rules, "RuleName", &new, "EventRuleNotExisted")
            }
            "deleterule" => delete(&mut self.rules, "RuleName", &new, "EventRuleNotExisted"),
            "listrules" => Ok(json!({"Rules": self.rules})),
            "listtargets" | "puttargets" | "deletetargets" => self.targets(name, &new),
            "createapidestination" => {
                let code = "ApiDestinationAlreadyExist";
                create(&mut self.destinations, "ApiDestinationName", new, code)
            }
            "getapidestination" => {
                get(&self.destinations, "ApiDestinationName", &new, "ApiDestinationNotExist")
            }
            "updateapidestination" => {
                let code = "ApiDestinationNotExist";
                update(&mut self.destinations, "ApiDestinationName", &new, code)
            }
            "deleteapidestination" => {
                let code = "ApiDestinationNotExist";
                delete(&mut self.destinations, "ApiDestinationName", &new, code)
            }
            "listapidestinations" => Ok(json!({"ApiDestinations": self.destinations})),
            "createconnection" => {
                create(&mut self.connections, "ConnectionName", new, "RequestParameterInvalid")
            }
            "getconnection" => {
                let one = get(&self.connections, "ConnectionName", &new, "ConnectionNotExist")?;
                Ok(json!({"Connections": [one]}))
            }
            "updateconnection" => {
                update(&mut self.connections, "ConnectionName", &new, "ConnectionNotExist")
            }
            "deleteconnection" => {
                delete(&mut self.connections, "ConnectionName", &new, "ConnectionNotExist")
            }
            "listconnections" => Ok(json!({"Connections": self.connections})),
            other => panic!("{other} touches something else"),
        }
    }

    fn targets(&mut self, name: &str, call: &Value) -> Result<Value, &'static str> {
        let rule = self.rules.iter_mut().find(|rule| rule["RuleName"] == call["RuleName"]);
        let rule = rule.ok_or("EventRuleNotExisted")?.as_object_mut().unwrap();
        let targets = rule.entry("Targets").or_insert_with(|| json!([])).as_array_mut().unwrap();
        if name == "listtargets" {
            return Ok(json!({"Targets": targets}));
        }
        for new in call["Targets"].as_array().unwrap_or(&Vec::new()) {
            match targets.iter_mut().find(|old| old["Id"] == new["Id"]) {
                Some(old) => *old = new.clone(),
                None => targets.push(new.clone()),
            }
        }
        if let Some(ids) = call["TargetIds"].as_array() {
            let missing = |id: &&Value| !targets.iter().any(|target| target["Id"] == **id);
            if let Some(id) = ids.iter().find(missing) {
                let entry = json!({
                    "EntryId": id, "ErrorCode": "EventTargetNotExist", "ErrorMessage": "none",
                });
                return Ok(json!({"ErrorEntriesCount": 1, "ErrorEntries": [entry]}));
            }
            targets.retain(|target| !ids.contains(&target["Id"]));
        }
        Ok(json!({"ErrorEntriesCount": 0, "ErrorEntries": []}))
    }
}

fn create(
    all: &mut Vec<Value>,
    key: &str,
    new: Value,
    code: &'static str,
) -> Result<Value, &'static str> {
    if all.iter().any(|old| old[key] == new[key]) {
        return Err(code);
    }
    all.push(new);
    Ok(json!({}))
}

fn get(
    all: &[Value],
    key: &str,
    wanted: &Value,
    code: &'static str,
) -> Result<Value, &'static str> {
    all.iter().find(|one| one[key] == wanted[key]).cloned().ok_or(code)
}

fn update(
    all: &mut [Value],
    key: &str,
    new: &Value,
    code: &'static str,
) -> Result<Value, &'static str> {
    let old = all.iter_mut().find(|old| old[key] == new[key]).ok_or(code)?;
    for (name, value) in new.as_object().unwrap() {
        old[name] = value.clone();
    }
    Ok(json!({}))
}

fn delete(
    all: &mut Vec<Value>,
    key: &str,
    wanted: &Value,
    code: &'static str,
) -> Result<Value, &'static str> {
    get(all, key, wanted, code)?;
    all.retain(|one| one[key] != wanted[key]);
    Ok(json!({}))
}
