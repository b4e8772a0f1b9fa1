//! The features that everything is built and tested with: all of them, but for those whose tools are not there.
use crate::step::{heading, root};
use crate::{manifest, peers};

/// The feature that links AWS-LC's FIPS module.
pub const FIPS: &str = "fips";
/// What building that module takes: program and Debian package.
pub(crate) const FIPS_TOOLS: [(&str, &str); 4] =
    [("cmake", "cmake"), ("go", "golang-go"), ("perl", "perl"), ("g++", "g++")];

/// The words that stand for `--all-features` on cargo's command line: `--features crate/feature,…`. The FIPS module
/// is among them when its tools are there; with `install` they are installed first, where we may.
///
/// # Errors
/// When a manifest cannot be read.
pub fn arguments(install: bool) -> Result<[String; 2], String> {
    heading("features: all, the FIPS module where it can be built");
    if install && !missing().is_empty() && peers::may_install() {
        peers::install(&missing());
    }
    let missing = missing();
    if !missing.is_empty() {
        println!("missing Debian packages: {}", missing.join(" "));
        println!("without them: left out is what needs the feature {FIPS}");
    }
    Ok(["--features".to_owned(), list(&manifest::members(&root())?, missing.is_empty())])
}

/// The packages of the tools that are not there.
fn missing() -> Vec<&'static str> {
    FIPS_TOOLS
        .iter()
        .filter(|(program, _)| peers::find(program).is_none())
        .map(|(_, package)| *package)
        .collect()
}

/// All features of these members, as the argument of `--features`.
pub(crate) fn list(members: &[manifest::Member], with_fips: bool) -> String {
    let features = members.iter().flat_map(|member| {
        let wanted = move |feature: &&String| with_fips || *feature != FIPS;
        member.features.iter().filter(wanted).map(|feature| format!("{}/{feature}", member.name))
    });
    features.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fips_module_is_the_only_one_that_may_be_left_out() {
        let members = manifest::members(&root()).expect("the manifests are part of the project");
        let (all, fewer) = (list(&members, true), list(&members, false));
        let left_out: Vec<_> =
            all.split(',').filter(|it| !fewer.split(',').any(|kept| kept == *it)).collect();
        assert!(!left_out.is_empty() && left_out.iter().all(|it| it.ends_with("/fips")), "{left_out:?}");
        assert!(fewer.contains("remote-services-snmp/legacy"), "{fewer}");
    }
}
