//! When what a client says of its own audit log cannot follow what it said before.

use remote_services_transport::document::AuditStand;

/// What does not fit between two stands of one log, in a sentence each. A log only grows, and what is in it stays.
pub(crate) fn misfits(before: Option<&AuditStand>, now: &AuditStand) -> Vec<String> {
    let mut found = Vec::new();
    let (entries, hash) = (now.entries, short(&now.hash));
    match before {
        Some(before) if entries < before.entries => {
            let had = before.entries;
            found.push(format!("the client's audit log went back from {had} entries to {entries} ({hash})"));
        }
        Some(before) if entries == before.entries && now.hash != before.hash => {
            let was = short(&before.hash);
            found.push(format!("entry {entries} of the client's audit log was {was} and is {hash} now"));
        }
        _ => {}
    }
    if let Some(from) = now.broken {
        found
            .push(format!("the client's audit log itself says that it cannot be believed from entry {from}"));
    }
    found
}

/// Enough of a hash to tell it from another by eye.
fn short(hash: &str) -> String {
    hash.chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(entries: u64, hash: &str) -> AuditStand {
        AuditStand { entries, hash: hash.to_owned(), broken: None }
    }

    #[test]
    fn a_log_that_grows_or_stays_is_no_finding() {
        assert!(misfits(None, &stand(0, "")).is_empty());
        assert!(misfits(Some(&stand(3, "aa")), &stand(3, "aa")).is_empty());
        assert!(misfits(Some(&stand(3, "aa")), &stand(4, "bb")).is_empty());
    }

    #[test]
    fn a_log_that_went_back_or_is_another_or_says_so_itself_is_one() {
        let went_back = misfits(Some(&stand(3, "aa")), &stand(2, "bb"));
        assert_eq!(went_back, ["the client's audit log went back from 3 entries to 2 (bb)"]);
        let another = misfits(Some(&stand(3, "aa")), &stand(3, "bb"));
        assert_eq!(another, ["entry 3 of the client's audit log was aa and is bb now"]);
        let both = misfits(Some(&stand(3, "aa")), &AuditStand { broken: Some(2), ..stand(1, "cc") });
        assert_eq!(both.len(), 2, "{both:?}");
        assert!(both[1].contains("from entry 2"));
    }
}
