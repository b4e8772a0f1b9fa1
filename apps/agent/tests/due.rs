//! What was accepted for later is done when its time comes, however long the server's pace is.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod support;

use remote_services_agent::survey::now;
use serde_json::json;
use std::time::Duration;
use support::{AtWork, World, wait_until};

#[test]
fn a_command_for_later_is_begun_at_its_time_and_not_at_the_next_question() {
    // Nobody is asked again before an hour is over, nor is a question held.
    let world = World::with(|config| config.next_poll.seconds = 3_600);
    let site = world.site("long-poll = \"off\"\n[actions]\ncheckSoftware = \"on\"\n");
    let client = site.client.id();
    drop(site);
    let begin = now().plus(Duration::from_secs(20));
    let wish = json!({ "client": client, "action": "checkSoftware", "notBefore": begin });
    let command = world.post("/api/v1/commands", &wish);
    let path = format!("/api/v1/commands/{}", command["id"].as_str().unwrap());
    let _agent = AtWork::begin(&world, &["--no-collect"]);
    wait_until("it is put off", || world.get(&path)["state"] == "scheduled");
    wait_until("its end", || world.get(&path)["state"] == "succeeded");
    assert!(now() >= begin);
}
