//! A browser on the operator's pages.
use std::process::Command;

use remote_services_interop::curl_client::CurlClient;
use remote_services_interop::process::run_ok;
use remote_services_interop::{Tool, require};

#[test]
fn a_browser_that_follows_a_login_link_shows_devices_supplies_and_counters() {
    if !require(&[Tool::Openssl, Tool::Curl, Tool::Chromium]) {
        return;
    }
    let client = CurlClient::registered();
    client.seal("one", "SERIAL-<1>");
    assert_eq!(client.upload("one").status, 201);
    let device =
        client.wait_for("/api/v1/devices", |answer| answer["devices"][0]["id"].as_str().map(str::to_owned));
    let link = client.as_operator("/api/v1/login-links", &["-X", "POST"]).json();
    let link = link.as_object().and_then(|link| link.values().find_map(|value| value.as_str())).unwrap();

    // The profile keeps the session's cookie from one page to the next.
    let page = |url: &str| {
        let mut browser = Command::new(Tool::Chromium.path());
        browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]);
        browser.arg(format!("--user-data-dir={}", client.path("profile").display()));
        run_ok(browser.args(["--dump-dom", url]))
    };
    let devices = page(link);
    for text in ["Example Laser 9", "SERIAL-&lt;1&gt;", "Yellow Toner"] {
        assert!(devices.contains(text), "{text} is missing in\n{devices}");
    }
    let device = page(&format!("{}/devices/{device}", client.server.running().operator_url()));
    for text in ["Example Laser 9", "Yellow Toner", "5 %", "4\u{202f}711"] {
        assert!(device.contains(text), "{text} is missing in\n{device}");
    }
}
