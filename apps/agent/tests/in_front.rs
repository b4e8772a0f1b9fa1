//! A web server in front of the server that answers in its place now and then: nothing is lost, rejected or given up for it.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::commands::obey;
use remote_services_agent::journal::CommandJournal;
use remote_services_agent::site::Site;
use remote_services_core::command::CommandState;
use remote_services_core::id::Uuid;
use remote_services_transport::document::NextPoll;
use remote_services_transport::poll::Poll;
use serde_json::{Value, json};
use support::front::{HTML, Page, put_before};
use support::{World, asker, turn, work};

const SETTINGS: &str = "[actions]\nprintTestPage = \"on\"\n";

/// A command for a device that does not answer.
fn command(world: &World, site: &Site, device: Uuid) -> Uuid {
    let wish = json!({ "client": site.client.id(), "device": device, "action": "printTestPage" });
    world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().parse().unwrap()
}

fn executions(world: &World, command: Uuid) -> Vec<Value> {
    world.get(&format!("/api/v1/commands/{command}"))["executions"].as_array().unwrap().clone()
}

#[test]
fn a_page_in_the_place_of_a_command_has_it_fetched_again_while_the_agent_runs() {
    let world = World::new();
    let mut site = world.site(SETTINGS);
    let device = work(&mut site);
    let pages = put_before(&world, &mut site);
    let mut journal = CommandJournal::open(&site.home).unwrap();
    let mut poll = Poll::new(site.client.id(), NextPoll { seconds: 900, jitter: 0 });
    for status in [200, 404, 410] {
        let id = command(&world, &site, device);
        let page = Page { method: "GET", ending: id.to_string(), status, times: 1, body: HTML };
        pages.lock().unwrap().push(page);
        let mut round = || {
            let (asker, poll) = (&mut asker(), Some(&mut poll));
            let done = obey(&mut site, asker, &mut journal, poll, &mut |_| {}).unwrap();
            (done.obeyed.len(), done.missed.map(|missed| missed.sentence))
        };
        let (obeyed, missed) = round();
        assert_eq!(obeyed, 0, "{status}");
        assert!(missed.unwrap().contains("not in the words of this protocol"), "{status}");
        assert_eq!(round(), (1, None), "{status}");
        let told = executions(&world, id).pop().unwrap();
        assert_eq!((&told["state"], &told["reason"]), (&json!("failed"), &Value::Null), "{status}: {told}");
    }
}

#[test]
fn a_page_to_a_report_loses_no_result() {
    let world = World::new();
    let mut site = world.site(SETTINGS);
    let device = work(&mut site);
    let pages = put_before(&world, &mut site);
    for status in [200, 400, 404, 409, 413] {
        let id = command(&world, &site, device);
        // Of the beginning, and of the result.
        let page = Page { method: "PUT", ending: format!("{id}/execution"), status, times: 2, body: HTML };
        pages.lock().unwrap().push(page);
        assert_eq!(turn(&mut site), ["failed"], "{status}");
        assert!(executions(&world, id).is_empty(), "{status}");
        assert!(turn(&mut site).is_empty(), "{status}");
        let told = executions(&world, id).pop().unwrap();
        assert_eq!(told["state"], "failed", "{status}");
        assert!(!told["result"]["text"].as_str().unwrap().contains("not begun here"), "{status}: {told}");
    }
    assert_eq!(site.touched.len(), 1);
}

#[test]
fn a_beginning_that_is_not_trusted_begins_later_and_is_not_taken_for_cut_short() {
    let world = World::new();
    let mut site = world.site(SETTINGS);
    let device = work(&mut site);
    let pages = put_before(&world, &mut site);
    for status in [401, 403, 496] {
        let id = command(&world, &site, device);
        let page = Page { method: "PUT", ending: format!("{id}/execution"), status, times: 1, body: HTML };
        pages.lock().unwrap().push(page);
        site.touched.clear();
        turn(&mut site);
        assert!(site.touched.is_empty(), "{status}: nothing was tried");
        let kept = CommandJournal::open(&site.home).unwrap().get(id).unwrap().execution.clone();
        assert_eq!((kept.state, kept.started_at), (CommandState::Accepted, None), "{status}");
        assert_eq!(turn(&mut site), ["failed"], "{status}");
        assert_eq!(site.touched.len(), 1, "{status}");
        let told = executions(&world, id).pop().unwrap();
        assert!(!told["result"]["text"].as_str().unwrap().contains("interrupted"), "{status}: {told}");
    }
}

#[test]
fn a_file_that_does_not_come_at_once_is_waited_for_before_its_command_begins() {
    let world = World::new();
    let mut site = world.site("[actions]\nupgrade = \"on\"\n");
    let device = work(&mut site);
    let pages = put_before(&world, &mut site);
    // Soon well again, and not before the next turn.
    for (status, times, first) in [(503, 1, "failed"), (404, 2, "failed"), (404, 4, "scheduled")] {
        let octets = format!("firmware after {times} times {status}");
        let digest = world.put_artifact(octets.as_bytes());
        let wish = json!({
            "client": site.client.id(), "device": device, "action": "upgrade",
            "artifacts": [{ "name": "new.bin", "digest": digest }],
        });
        let id: Uuid = world.post("/api/v1/commands", &wish)["id"].as_str().unwrap().parse().unwrap();
        pages.lock().unwrap().push(Page {
            method: "GET",
            ending: digest.to_hex(),
            status,
            times,
            body: HTML,
        });
        assert_eq!(turn(&mut site), [first], "{status}");
        if first == "scheduled" {
            let told = executions(&world, id).pop().unwrap();
            assert_eq!((&told["state"], &told["startedAt"]), (&json!("scheduled"), &Value::Null), "{told}");
            turn(&mut site);
        }
        // It came, and the device is away.
        let told = executions(&world, id).pop().unwrap();
        assert_eq!((&told["state"], &told["result"]["code"]), (&json!("failed"), &json!("notReachable")));
        assert!(!told["result"]["text"].as_str().unwrap().contains("fetched"), "{status}: {told}");
        assert!(told["startedAt"].is_string(), "{status}: {told}");
    }
}
