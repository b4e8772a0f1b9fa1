//! The detailed usage as lines: one a row of the document, in the words of its elements.

use remote_services_core::usage::DetailedUsage;
use serde_json::Value;

/// Element and words of each row.
pub(super) fn lines(usage: &DetailedUsage) -> Vec<(String, String)> {
    let Ok(Value::Object(members)) = serde_json::to_value(usage) else { return Vec::new() };
    let mut lines = Vec::new();
    for (element, value) in members.into_iter().filter(|(element, _)| element != "Header") {
        match value {
            Value::Array(rows) => lines.extend(rows.iter().map(|row| (element.clone(), words(row)))),
            one => lines.push((element, words(&one))),
        }
    }
    lines
}

fn words(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| match value {
                Value::Object(_) | Value::Array(_) => format!("{name} ({})", words(value)),
                plain => format!("{name} {}", words(plain)),
            };
            members.iter().map(member).collect::<Vec<_>>().join(", ")
        }
        Value::Array(values) => values.iter().map(words).collect::<Vec<_>>().join("; "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::usage::{Bucket, RunLength};

    #[test]
    fn each_row_is_a_line_in_the_words_of_its_elements() {
        let bucket = Bucket { lower: 1, upper: Some(2) };
        let run = RunLength { bucket, jobs: Some(7), impressions: None };
        let usage = DetailedUsage { run_lengths: vec![run], ..DetailedUsage::default() };
        let [(element, words)] = &lines(&usage)[..] else { panic!("{:?}", lines(&usage)) };
        assert_eq!(element, "RunLength");
        assert!(
            words.contains("Jobs 7") && words.contains("lower 1") && words.contains("upper 2"),
            "{words}"
        );
    }
}
