//! `cargo run -p remote-services-fuzz-targets -- list` prints the targets with their longest inputs, `-- seeds` writes
//! new seeds into `fuzz/corpus`. Those of earlier encoders stay there: what was sound once must be read for ever.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use remote_services_fuzz_targets::ALL;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            for target in ALL {
                println!("{} {}", target.name, target.longest);
            }
            ExitCode::SUCCESS
        }
        ["seeds"] => match write_seeds(&Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("corpus")) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("fuzz/corpus: {error}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("usage: remote-services-fuzz-targets list | seeds");
            ExitCode::from(2)
        }
    }
}

fn write_seeds(corpus: &Path) -> io::Result<()> {
    for target in ALL {
        let folder = corpus.join(target.name);
        fs::create_dir_all(&folder)?;
        let known: Vec<Vec<u8>> =
            fs::read_dir(&folder)?.map(|entry| fs::read(entry?.path())).collect::<io::Result<_>>()?;
        let new = (target.seeds)().into_iter().filter(|seed| !known.contains(seed));
        for (seed, number) in new.zip(known.len()..) {
            fs::write(folder.join(format!("seed-{number:02}")), seed)?;
        }
    }
    Ok(())
}
