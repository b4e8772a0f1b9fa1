//! Every target without a fuzzer: its corpus, its seeds, and its seeds damaged in every simple way. Needs no nightly
//! compiler; what a fuzzer once found stays in the corpus, and so stays found.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use remote_services_fuzz_targets::blind::Blind;
use remote_services_fuzz_targets::{ALL, Target};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is below fuzz").to_path_buf()
}

fn corpus(target: &Target) -> Vec<PathBuf> {
    let folder = fuzz().join("corpus").join(target.name);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    files.sort();
    files
}

/// At how many places a seed is damaged: fewer where long inputs take long.
fn places(target: &Target) -> usize {
    if target.longest > 2_048 { 8 } else { 60 }
}

/// Says which octets it was when the target panics.
fn run(target: &Target, data: &[u8], what: &str) {
    if catch_unwind(AssertUnwindSafe(|| (target.run)(data))).is_err() {
        panic!("{}, {what}: {}", target.name, data.escape_ascii());
    }
}

#[test]
fn every_file_of_the_corpora_holds() {
    for target in ALL {
        for file in corpus(target) {
            run(target, &fs::read(&file).expect("it can be read"), &file.display().to_string());
        }
    }
}

#[test]
fn every_seed_holds_and_so_does_what_is_left_of_it_when_it_is_cut() {
    for target in ALL {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            run(target, seed, &format!("seed {number}"));
            for length in (0..seed.len()).step_by(seed.len() / places(target) + 1) {
                run(target, &seed[..length], &format!("seed {number} cut to {length}"));
            }
        }
    }
}

#[test]
fn every_seed_holds_with_octets_changed() {
    for target in ALL {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            for at in (0..seed.len()).step_by(seed.len() / places(target) + 1) {
                for mask in [0x01, 0x80, 0xff] {
                    let mut changed = seed.clone();
                    changed[at] ^= mask;
                    run(target, &changed, &format!("seed {number}, octet {at} changed by {mask:#x}"));
                }
            }
        }
    }
}

/// What CI spends on looking for more; `cargo run -p remote-services-fuzz-targets -- blind SECONDS` goes on.
#[test]
fn hundreds_of_inputs_by_chance_hold_for_every_target() {
    for target in ALL {
        let more = corpus(target).iter().map(|file| fs::read(file).expect("it can be read")).collect();
        let dictionary = fuzz().join(format!("dictionaries/{}.dict", target.name));
        let words = fs::read_to_string(dictionary).expect("a dictionary");
        let mut blind = Blind::new(target, more, &words, 1);
        let inputs = if target.longest > 2_048 { 100 } else { 400 };
        for _ in 0..inputs {
            run(target, &blind.input(), "by chance");
        }
    }
}

#[test]
fn every_target_has_seeds_a_corpus_a_dictionary_and_a_program_and_nothing_else_has() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("it is part of the project");
    let readme = fs::read_to_string(fuzz().join("README.md")).expect("it is part of the project");
    for Target { name, seeds, longest, .. } in ALL {
        let seeds = seeds();
        assert!(!seeds.is_empty() && seeds.iter().all(|seed| seed.len() <= *longest), "{name}: seeds");
        let program =
            fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).expect("its program");
        assert!(
            program.contains(&format!("run(\"{name}\", data)")),
            "{name}: its program runs another target"
        );
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name}: not in fuzz/Cargo.toml"
        );
        assert!(readme.contains(&format!("| `{name}` |")), "{name}: not in fuzz/README.md");
        let dictionary =
            fs::read_to_string(fuzz().join(format!("dictionaries/{name}.dict"))).expect("a dictionary");
        is_a_dictionary(name, &dictionary);
    }
    let names = |folder: &str| {
        let mut names: Vec<String> = fs::read_dir(fuzz().join(folder))
            .expect("the folder is part of the project")
            .map(|entry| {
                entry.expect("it can be read").path().file_stem().expect("a name").to_string_lossy().into()
            })
            .collect();
        names.sort();
        names
    };
    let mut all: Vec<String> = ALL.iter().map(|target| target.name.to_owned()).collect();
    all.sort();
    for folder in ["fuzz_targets", "corpus", "dictionaries"] {
        assert_eq!(names(folder), all, "{folder}");
    }
    for target in ALL {
        let files = corpus(target);
        let sizes = files.iter().map(|file| fs::metadata(file).expect("it is there").len());
        let size: u64 = sizes.sum();
        assert!(!files.is_empty() && size <= 64 << 10, "{}: {size} octets", target.name);
    }
}

/// One quoted word a line, as libFuzzer reads it.
fn is_a_dictionary(name: &str, text: &str) {
    let words: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(words.len() >= 3, "{name}: a dictionary of {} words", words.len());
    for word in words {
        let inside = word.strip_prefix('"').and_then(|word| word.strip_suffix('"'));
        assert!(inside.is_some_and(|inside| !inside.is_empty()), "{name}: {word} is no word");
    }
}
