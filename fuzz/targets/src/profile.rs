//! Profiles of makers (TOML): refused with a place, or of use on a recording of any maker.

use remote_services_collect::profile::Profiles;
use remote_services_collect::record::{self, Mode};
use remote_services_collect::{ObjectStore, ReadContext, build, synthetic};

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    match Profiles::none().with("fuzzed.toml", text) {
        Ok(profiles) => {
            for profile in profiles.iter() {
                for device in [None, Some(1), Some(u32::MAX)] {
                    let _ = (profile.names(device), profile.columns(device), profile.tables(device));
                }
            }
            let _ = profiles.of_text(text);
            for maker in ["brother", "hp"] {
                let recording = synthetic::by_name(maker).expect("it comes with the crate");
                let values =
                    record::parse(recording.text.as_bytes(), Mode::Strict).expect("a test reads it").values;
                let context = ReadContext { profiles: profiles.clone(), ..ReadContext::default() };
                let store = ObjectStore::from(values);
                assert_eq!(build(&store, &context), build(&store, &context));
            }
        }
        Err(error) => {
            let line =
                text.split('\n').nth(error.line - 1).unwrap_or_else(|| panic!("{error}: no such line"));
            assert!(error.column <= line.chars().count() + 1, "{error}: no such column");
            assert!(!error.reason.is_empty());
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    ["brother", "zebra", "pantum", "extended-systems"]
        .iter()
        .map(|name| match *name {
            "brother" => include_bytes!("../../../remote-services-collect/profiles/brother.toml").to_vec(),
            "zebra" => include_bytes!("../../../remote-services-collect/profiles/zebra.toml").to_vec(),
            "pantum" => include_bytes!("../../../remote-services-collect/profiles/pantum.toml").to_vec(),
            _ => include_bytes!("../../../remote-services-collect/profiles/extended-systems.toml").to_vec(),
        })
        .collect()
}
