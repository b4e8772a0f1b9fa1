//! Rules of a site, and the jobs that broke them.
//!
//! A rule holds for a job when all that it names is so; what it does not name does not matter. Judged after the job has
//! printed, a rule can only warn: holding and refusing need the print server, which gives its decision as the action.

use crate::failure::Failure;
use remote_services_core::job::{ColorMode, Job};
use remote_services_core::money::{Amount, Currency, Money};
use remote_services_core::policy::{PolicyAction, PolicyViolation};
use serde::Deserialize;

/// The rules of a site: a TOML file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Policy {
    /// Its name, in every violation.
    pub name: String,
    /// Price of a side, as decimal text, and of a side in colour.
    #[serde(default)]
    pub price: Option<Price>,
    /// The rules, all of which are applied.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// What sides cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Price {
    /// ISO 4217.
    pub currency: String,
    /// A side in black.
    pub monochrome: String,
    /// A side in colour.
    pub color: String,
}

/// What a job must be for the rule to be broken.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Rule {
    /// Its name, in every violation of it.
    pub name: String,
    /// In colour, or not.
    pub color: Option<bool>,
    /// On two sides, or not.
    pub duplex: Option<bool>,
    /// More sides than this.
    pub impressions_above: Option<u64>,
    /// Documents whose name ends so: `.jpg`. Whatever their case.
    pub documents: Vec<String>,
    /// Users that it is about; all when none is named.
    pub users: Vec<String>,
    /// Users that it is not about.
    pub except_users: Vec<String>,
    /// Hours of the day (UTC) in which it applies, from the first to before the second; over midnight too.
    pub hours: Option<[u8; 2]>,
    /// `allowed` or `warned`: what was done about it.
    pub action: Option<String>,
}

impl Policy {
    /// Reads the rules.
    ///
    /// # Errors
    /// A sentence with the line of what is wrong.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let policy: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text[..at.min(text.len())].matches('\n').count() + 1;
            Failure::usage(format_args!("policy, line {line}: {}", error.message()))
        })?;
        for rule in &policy.rules {
            if rule.name.trim().is_empty() {
                return Err(Failure::usage("policy: a rule has no name"));
            }
            if rule.hours.is_some_and(|[from, to]| from > 24 || to > 24) {
                return Err(Failure::usage(format_args!("policy: rule {:?}: a day has 24 hours", rule.name)));
            }
            let action = rule.action.as_deref().map_or(PolicyAction::Warned, PolicyAction::from_label);
            if !matches!(action, PolicyAction::Allowed | PolicyAction::Warned) {
                return Err(Failure::usage(format_args!(
                    "policy: rule {:?}: a job that has printed can be allowed or warned about, not {action}",
                    rule.name
                )));
            }
        }
        if let Some(price) = &policy.price {
            price.of(0, 0).ok_or_else(|| Failure::usage("policy: the price is no amount of a currency"))?;
        }
        Ok(policy)
    }

    /// The rules that this job has broken.
    #[must_use]
    pub fn judge(&self, job: &Job) -> Vec<PolicyViolation> {
        let Some(occurred_at) = job.result.as_ref().and_then(|result| result.completed_at) else {
            return Vec::new();
        };
        let hour = u8::try_from(occurred_at.unix_seconds().rem_euclid(86_400) / 3_600).unwrap_or(0);
        let broken = self.rules.iter().filter(|rule| rule.is_broken_by(job, hour));
        broken
            .map(|rule| PolicyViolation {
                computer_name: job.source.as_ref().and_then(|source| source.workstation.clone()),
                print_server: job.source.as_ref().and_then(|source| source.print_server_name.clone()),
                queue_name: job.source.as_ref().and_then(|source| source.queue_name.clone()),
                occurred_at,
                document_name: job.document_name.clone().or_else(|| job.job_name.clone()),
                user_name: job.owner.clone(),
                duplex: job.duplex,
                color: is_color(job),
                total_impressions: impressions(job),
                cost: self.cost(job),
                action: rule.action.as_deref().map_or(PolicyAction::Warned, PolicyAction::from_label),
                user_notified: false,
                message_shown: false,
                policy_name: self.name.clone(),
                policy_rule: rule.name.clone(),
            })
            .collect()
    }

    fn cost(&self, job: &Job) -> Option<Money> {
        let all = impressions(job)?;
        let color = match is_color(job) {
            Some(false) => 0,
            _ => job
                .result
                .as_ref()
                .and_then(|result| result.impressions_full_color)
                .or(is_color(job)?.then_some(all))?,
        };
        self.price.as_ref()?.of(all.saturating_sub(color), color)
    }
}

impl Rule {
    fn is_broken_by(&self, job: &Job, hour: u8) -> bool {
        // What is not known breaks no rule.
        let is = |wanted: Option<bool>, is: Option<bool>| wanted.is_none_or(|wanted| is == Some(wanted));
        let user = job.owner.as_deref().unwrap_or_default();
        let name =
            job.document_name.as_deref().or(job.job_name.as_deref()).unwrap_or_default().to_lowercase();
        let among = |list: &[String], user: &str| list.iter().any(|one| one.eq_ignore_ascii_case(user));
        let within = |[from, to]: [u8; 2]| {
            if from <= to { (from..to).contains(&hour) } else { hour >= from || hour < to }
        };
        is(self.color, is_color(job))
            && is(self.duplex, job.duplex)
            && self.impressions_above.is_none_or(|most| impressions(job).is_some_and(|count| count > most))
            && (self.documents.is_empty()
                || self.documents.iter().any(|end| name.ends_with(&end.to_lowercase())))
            && (self.users.is_empty() || among(&self.users, user))
            && !among(&self.except_users, user)
            && self.hours.is_none_or(within)
    }
}

impl Price {
    fn of(&self, monochrome: u64, color: u64) -> Option<Money> {
        let currency: Currency = self.currency.parse().ok()?;
        let each = [(&self.monochrome, monochrome), (&self.color, color)];
        let sum = each.into_iter().try_fold(0_i64, |sum, (price, count)| {
            let price: Amount = price.parse().ok()?;
            sum.checked_add(price.millionths().checked_mul(i64::try_from(count).ok()?)?)
        })?;
        Some(Money { value: Amount::from_millionths(sum)?, currency })
    }
}

fn impressions(job: &Job) -> Option<u64> {
    job.result.as_ref().and_then(|result| result.impressions)
}

fn is_color(job: &Job) -> Option<bool> {
    let result = job.result.as_ref();
    let used = result.and_then(|result| result.color_mode.as_ref()).map(|mode| *mode == ColorMode::Color);
    let counted = result.and_then(|result| result.impressions_full_color).map(|count| count > 0);
    used.or(counted).or(job.color_requested)
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::job::JobResult;
    use remote_services_core::time::Timestamp;

    const POLICY: &str = r#"
name = "Office"
price = { currency = "EUR", monochrome = "0.02", color = "0.105" }

[[rule]]
name = "no large jobs on one side"
duplex = false
impressions-above = 20
except-users = ["press"]

[[rule]]
name = "no pictures at night"
documents = [".jpg"]
hours = [22, 6]
action = "allowed"
"#;

    fn job(user: &str, name: &str, hour: i64, impressions: u64, duplex: Option<bool>) -> Job {
        let completed_at = Some(Timestamp::from_unix_seconds(hour * 3_600));
        let result = JobResult { completed_at, impressions: Some(impressions), ..JobResult::default() };
        let (owner, job_name) = (Some(user.to_owned()), Some(name.to_owned()));
        Job { owner, job_name, duplex, color_requested: Some(true), result: Some(result), ..Job::default() }
    }

    #[test]
    fn a_rule_is_broken_when_all_that_it_names_is_so() {
        let policy = Policy::read(POLICY).unwrap();
        let broken =
            |job: &Job| policy.judge(job).into_iter().map(|found| found.policy_rule).collect::<Vec<_>>();
        assert_eq!(broken(&job("ana", "a.pdf", 12, 21, Some(false))), ["no large jobs on one side"]);
        assert!(broken(&job("Press", "a.pdf", 12, 21, Some(false))).is_empty());
        assert!(broken(&job("ana", "a.pdf", 12, 20, Some(false))).is_empty());
        assert!(broken(&job("ana", "a.pdf", 12, 21, None)).is_empty(), "what is not known breaks no rule");
        assert_eq!(broken(&job("ana", "CAT.JPG", 23, 1, None)), ["no pictures at night"]);
        assert!(broken(&job("ana", "cat.jpg", 6, 1, None)).is_empty());
    }

    #[test]
    fn a_violation_tells_who_what_and_the_price() {
        let found = Policy::read(POLICY).unwrap().judge(&job("ana", "a.pdf", 12, 30, Some(false))).remove(0);
        assert_eq!((found.policy_name.as_str(), found.user_name.as_deref()), ("Office", Some("ana")));
        assert_eq!((found.action, found.total_impressions), (PolicyAction::Warned, Some(30)));
        let cost = found.cost.unwrap();
        assert_eq!((cost.value.to_string().as_str(), cost.currency.code()), ("3.15", "EUR"));
    }

    #[test]
    fn rules_that_make_no_sense_are_refused_in_words() {
        for (text, word) in [
            ("name = \"x\"\n[[rule]]\nname = \"y\"\ncolour = true", "line 4"),
            ("name = \"x\"\n[[rule]]\ncolor = true", "no name"),
            ("name = \"x\"\n[[rule]]\nname = \"y\"\naction = \"refused\"", "refused"),
            (
                "name = \"x\"\nrule = []\nprice = { currency = \"EUR\", monochrome = \"a\", color = \"1\" }",
                "price",
            ),
        ] {
            let said = Policy::read(text).unwrap_err().sentence;
            assert!(said.contains(word), "{said}");
        }
    }
}
