//! Versions of the agent that do nothing but say who they are, and where a world's agent installs them.

use super::World;
use remote_services_agent::site::Site;
use remote_services_agent::software::Software;
use remote_services_transport::document::Policy;
use remote_services_transport::software::Attempt;
use std::path::PathBuf;

pub fn script(version: &str) -> Vec<u8> {
    format!("#!/bin/sh\necho remote-services-agent {version}\n").into_bytes()
}

pub fn settings(world: &World, more: &str) -> String {
    format!("[software]\nfolder = {:?}\n{more}", world.folder.path().join("programs"))
}

pub fn look(site: &mut Site, wish: &Policy) -> (Option<Attempt>, String) {
    Software::load(&site.home).unwrap().turn(site, wish, false).unwrap()
}

/// A window of one minute that is not now, in local time.
pub fn another_time() -> String {
    let then = jiff::Zoned::now().checked_add(jiff::Span::new().hours(6)).unwrap();
    let end = then.checked_add(jiff::Span::new().minutes(1)).unwrap();
    format!("{}-{}", then.strftime("%H:%M"), end.strftime("%H:%M"))
}

pub fn current(world: &World) -> PathBuf {
    std::fs::read_link(world.folder.path().join("programs/current")).unwrap()
}
