//! The rows of the container: sealing and opening beside their limit, and a long log's memory.
use super::{Line, Programs, Row};

pub(super) fn rows() -> Vec<Box<dyn Row>> {
    vec![
        Box::new(Number {
            work: "report of 55,531 bytes to sealed container: whole ÷ steps",
            words: &["ratio", "report", "aws-lc"],
            others: &[("RustCrypto", &["ratio", "report", "rust-crypto"])],
            most: 1.1,
            unit: "",
            scale: 1.0,
        }),
        Box::new(Number {
            work: "container overhead, certificate included",
            words: &["overhead"],
            others: &[],
            most: 1_150.0,
            unit: " B",
            scale: 1.0,
        }),
        Box::new(Number {
            work: "seal 8 KiB (AWS-LC)",
            words: &["time", "seal-8k", "aws-lc"],
            others: &[("RustCrypto", &["time", "seal-8k", "rust-crypto"])],
            most: 100.0,
            unit: " us",
            scale: 1e-3,
        }),
        Box::new(Number {
            work: "seal 8 MiB ÷ (SHA-256 + AES-256-GCM + copy)",
            words: &["ratio", "seal-8m", "aws-lc"],
            others: &[("RustCrypto", &["ratio", "seal-8m", "rust-crypto"])],
            most: 1.12,
            unit: "",
            scale: 1.0,
        }),
        Box::new(Number {
            work: "open 8 MiB ÷ (AES-256-GCM + SHA-256 + copy)",
            words: &["ratio", "open-8m", "aws-lc"],
            others: &[("RustCrypto", &["ratio", "open-8m", "rust-crypto"])],
            most: 1.15,
            unit: "",
            scale: 1.0,
        }),
        Box::new(Number {
            work: "1 GiB log sealed and opened at once: most memory of the process",
            words: &["log", "1024"],
            others: &[],
            most: 32.0,
            unit: " MiB",
            scale: 1.0 / 1_024.0,
        }),
    ]
}

/// A number that the program prints, which must not pass `most`.
struct Number {
    work: &'static str,
    words: &'static [&'static str],
    /// The same by others, in the same units.
    others: &'static [(&'static str, &'static [&'static str])],
    most: f64,
    unit: &'static str,
    scale: f64,
}

impl Row for Number {
    fn work(&self) -> &str {
        self.work
    }

    fn measure(&self, programs: &Programs) -> Result<Line, String> {
        let number = |words: &[&str]| programs.number("seal", words).map(|number| number * self.scale);
        let ours = number(self.words)?;
        let mut others = Vec::new();
        for (who, words) in self.others {
            others.push(format!("{who} {:.2}{}", number(words)?, self.unit));
        }
        Ok(Line {
            goal: format!("<= {}{}", self.most, self.unit),
            peers: if others.is_empty() { "-".to_owned() } else { others.join(", ") },
            ours: format!("{ours:.2}{}", self.unit),
            ratio: format!("{:.2}", ours / self.most),
            reached: ours <= self.most,
        })
    }
}
