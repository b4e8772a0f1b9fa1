//! Reading a profile, and what no grammar can say: rules that would count twice, or say nothing, or cost too much.

use remote_services_core::counter::{CounterUnit, ServiceType};
use remote_services_snmp::{Oid, oid};
use std::collections::BTreeSet;

use super::schema::IMAGES;
use super::{Path, Place, Profile, ProfileError, Row, Rows, RowsRule};
use crate::action::settings::STANDARD;

/// Instances and columns that a profile may ask for: a request holds them.
const MOST_NAMES: usize = 96;
/// Rows that a profile may list.
const MOST_ROWS: usize = 256;
/// Octets of a profile.
const MOST_OCTETS: usize = 256 << 10;

/// What no setting writes: addresses and routes of the device, and users, communities and views of SNMP.
const NEVER_SET: [Oid; 3] = [oid!("1.3.6.1.2.1.2"), oid!("1.3.6.1.2.1.4"), oid!("1.3.6.1.6")];

/// Reads and checks the text of a profile.
pub(super) fn read(file: &str, text: &str) -> Result<Profile, ProfileError> {
    if text.len() > MOST_OCTETS {
        return Err(ProfileError::at(file, text, 0, format!("a profile has at most {MOST_OCTETS} octets")));
    }
    let profile: Profile = toml::from_str(text).map_err(|error| {
        ProfileError::at(file, text, error.span().map_or(0, |span| span.start), error.message())
    })?;
    Lint { file, text, places: BTreeSet::new(), labels: BTreeSet::new(), objects: BTreeSet::new() }
        .all(&profile)?;
    Ok(profile)
}

/// An error about the first place where these words stand.
pub(super) fn about(file: &str, text: &str, words: &str, reason: String) -> ProfileError {
    ProfileError::at(file, text, text.find(words).unwrap_or(0), reason)
}

struct Lint<'a> {
    file: &'a str,
    text: &'a str,
    /// Counters of the model that a rule fills.
    places: BTreeSet<(CounterUnit, Place)>,
    labels: BTreeSet<String>,
    /// Instances that a meter reads, with the word in a text that holds several.
    objects: BTreeSet<String>,
}

impl Lint<'_> {
    fn all(&mut self, profile: &Profile) -> Result<(), ProfileError> {
        let about = |words: &str, reason: String| Err(about(self.file, self.text, words, reason));
        if profile.schema != 1 {
            return about("schema", format!("schema {} is not known: this program reads 1", profile.schema));
        }
        if profile.manufacturer.trim().is_empty() {
            return about("manufacturer", "the manufacturer has no name".into());
        }
        if profile.enterprises.is_empty() && profile.brands.is_empty() {
            return about(
                "manufacturer",
                "neither an enterprise nor a brand: no device would have it".into(),
            );
        }
        for brand in &profile.brands {
            if brand.starts.trim().is_empty() || brand.starts != brand.starts.to_lowercase() {
                return about(
                    &brand.starts,
                    format!("`{}`: a brand starts with words in lower case", brand.starts),
                );
            }
        }
        let groups = [
            &profile.serial_number,
            &profile.firmware_version,
            &profile.model,
            &profile.asset_tag,
            &profile.console,
        ];
        for object in groups.into_iter().flatten() {
            self.object(&object.column, &object.source, 0)?;
        }
        for restart in &profile.restart {
            self.object(&restart.column, &restart.source, 0)?;
        }
        let mut names = BTreeSet::new();
        for setting in &profile.settings {
            self.object(&setting.column, &setting.source, 0)?;
            if setting.name.trim().is_empty() || setting.longest == 0 || !names.insert(&setting.name) {
                let reason = format!("setting `{}` stands twice, has no name or no length", setting.name);
                return about(&setting.column.to_string(), reason);
            }
            if let Some((name, ..)) = STANDARD.iter().find(|(name, ..)| *name == setting.name.trim()) {
                let reason = format!("setting `{name}` is one of those that every device has");
                return about(&format!("name = \"{}", setting.name), reason);
            }
            if NEVER_SET.iter().any(|root| setting.column.starts_with(root)) {
                let reason = format!("setting `{}`: addresses and credentials are never set", setting.name);
                return about(&setting.column.to_string(), reason);
            }
        }
        for value in &profile.values {
            let at = value.span().start;
            self.object(&value.get_ref().column, &value.get_ref().source, at)?;
            self.scale(value.get_ref().scale, at)?;
        }
        for rows in &profile.rows {
            self.rows(rows.get_ref(), rows.span().start)?;
        }
        for meter in &profile.meters {
            let at = meter.span().start;
            let meter = meter.get_ref();
            self.object(&meter.column, &meter.source, at)?;
            self.scale(meter.scale, at)?;
            self.meter(&meter.label, &meter.unit, meter.counts.as_ref(), at)?;
            if !self.objects.insert(format!("{} {:?} {:?}", meter.column, meter.index, meter.before)) {
                return self.error(at, format!("`{}` counts {} once more", meter.label, meter.column));
            }
        }
        for table in &profile.meter_tables {
            let at = table.span().start;
            let table = table.get_ref();
            self.object(&table.value, &table.source, at)?;
            if table.rows.is_empty() && table.units.is_empty() {
                return self.error(at, "a table without rows and without words for units says nothing");
            }
            let labelled = table.label.is_some() || !table.label_of.is_empty();
            if !table.units.is_empty() && !labelled {
                return self.error(at, "words for units need a column of labels");
            }
            if table.label_of.iter().flat_map(|part| part.words.keys()).any(|key| key.parse::<i64>().is_err())
            {
                return self.error(at, "the words of `label_of` stand for numbers");
            }
            for row in &table.rows {
                let by = [row.key.is_some(), row.index.is_some()];
                let known = match (table.key.is_some(), table.label.is_some()) {
                    (true, _) => by == [true, false],
                    (false, _) if row.index.is_some() => row.key.is_none(),
                    (false, labels) => labels && row.key.is_none(),
                };
                if !known {
                    let reason =
                        format!("row `{}` is found by nothing: a key, an index or a label", row.label);
                    return self.error(at, reason);
                }
                self.meter(&row.label, &row.unit, row.counts.as_ref(), at)?;
            }
        }
        for records in &profile.meter_records {
            let at = records.span().start;
            let records = records.get_ref();
            self.object(&records.column, &records.source, at)?;
            for row in &records.rows {
                if !matches!(row, Row { key: Some(0..=255), index: None, .. }) {
                    return self.error(at, format!("record `{}` needs a key of one octet", row.label));
                }
                self.meter(&row.label, &row.unit, row.counts.as_ref(), at)?;
            }
        }
        let columns = |usage: bool| {
            let rules = profile.rows.iter().map(AsRef::as_ref).filter(|rule| rule.fills.is_usage() == usage);
            rules.map(|rule| rule.columns.len()).sum::<usize>()
        };
        // The detailed usage is asked for by itself.
        let rows = columns(false).max(columns(true));
        let names = profile.names(Some(1)).len() + profile.columns(Some(1)).len() + rows;
        if names > MOST_NAMES || self.labels.len() > MOST_ROWS {
            let reason =
                format!("at most {MOST_NAMES} objects and {MOST_ROWS} meters: more would burden the device");
            return self.error(0, reason);
        }
        Ok(())
    }

    /// Rows have the member that makes them, and none that the model does not know.
    fn rows(&self, rule: &RowsRule, at: usize) -> Result<(), ProfileError> {
        let (needed, others) = rule.fills.members();
        if rule.source.trim().is_empty() {
            return self.error(at, "the rows have no source");
        }
        // The rows of supplies are there already.
        let enough = rule.fills == Rows::Supply
            || rule.columns.contains_key(needed)
            || rule.fills.instead().iter().any(|member| rule.columns.contains_key(*member));
        if rule.columns.is_empty() || !enough {
            return self.error(at, format!("rows need a column for `{needed}`"));
        }
        let listed = rule.listed.values().flat_map(|members| members.keys());
        let members = rule.columns.keys().chain(rule.fixed.keys()).chain(rule.words.keys()).chain(listed);
        for member in members {
            if member != needed && !others.contains(&member.as_str()) {
                let known = others.join(", ");
                return self.error(at, format!("`{member}` is no member of such rows: {needed}, {known}"));
            }
        }
        let is_index = |text: &str| text.split('.').all(|arc| arc.parse::<u32>().is_ok());
        if let Some(index) = rule.listed.keys().find(|index| !is_index(index)) {
            return self.error(at, format!("`{index}` is no index: arcs with a point between them"));
        }
        let inside =
            |path: &Path| path.of(Some(1)).is_some_and(|column| column.starts_with(&oid!("1.3.6.1")));
        if !rule.columns.values().all(inside) {
            return self.error(at, "a column is no object of the internet");
        }
        Ok(())
    }

    fn object(&self, column: &Oid, source: &str, at: usize) -> Result<(), ProfileError> {
        let at = if at == 0 { self.text.find(&column.to_string()).unwrap_or(0) } else { at };
        if source.trim().is_empty() {
            return self.error(at, format!("{column} has no source"));
        }
        if !column.starts_with(&oid!("1.3.6.1")) {
            return self.error(at, format!("{column} is no object of the internet"));
        }
        Ok(())
    }

    /// A number that is multiplied by 0 says nothing.
    fn scale(&self, scale: u32, at: usize) -> Result<(), ProfileError> {
        if scale == 0 { self.error(at, "a scale of 0 makes every number 0") } else { Ok(()) }
    }

    /// A meter has a label of its own and a unit that counts, and no two fill one counter.
    fn meter(
        &mut self,
        label: &str,
        unit: &CounterUnit,
        place: Option<&Place>,
        at: usize,
    ) -> Result<(), ProfileError> {
        if label.trim().is_empty() || !self.labels.insert(label.to_lowercase()) {
            return self.error(at, format!("label `{label}` stands twice, or says nothing"));
        }
        let Some(place) = place else { return Ok(()) };
        if !matches!(unit, CounterUnit::Impressions | CounterUnit::Sheets) && unit.label() != IMAGES {
            return self.error(at, format!("`{label}`: the model has no counter in {unit}"));
        }
        if place.large && (place.service != ServiceType::SystemTotals || *unit != CounterUnit::Impressions) {
            let reason = format!("`{label}`: large media are counted in impressions of `systemTotals`");
            return self.error(at, reason);
        }
        if !self.places.insert((unit.clone(), place.clone())) {
            return self.error(at, format!("`{label}` fills a counter that another rule fills"));
        }
        Ok(())
    }

    fn error<T>(&self, at: usize, reason: impl Into<String>) -> Result<T, ProfileError> {
        Err(ProfileError::at(self.file, self.text, at, reason))
    }
}
