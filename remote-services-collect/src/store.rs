//! What a device has answered: raw values by name, and what it has not answered.

use core::net::Ipv4Addr;
use remote_services_core::reading::WithheldReason;
use remote_services_core::status::RetrievalOutcome;
use remote_services_snmp::engine::RequestError;
use remote_services_snmp::{Oid, Value, VarBind};
use std::collections::BTreeMap;

use crate::text::{self, Charset};

/// Raw values of one device, in the order of their names, and the questions that failed.
#[derive(Clone, Debug, Default)]
pub struct ObjectStore {
    values: BTreeMap<Oid, Value>,
    gaps: Vec<Gap>,
}

/// A column or instance that was asked for and not (or not wholly) answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The column or instance.
    pub name: Oid,
    /// What happened instead of an answer.
    pub error: RequestError,
}

impl ObjectStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in an answer. Exceptions such as noSuchInstance are no values and are dropped.
    pub fn insert(&mut self, varbind: VarBind) {
        if !varbind.value.is_exception() {
            self.values.insert(varbind.name, varbind.value);
        }
    }

    /// Notes that `name` was asked for in vain.
    pub fn note_gap(&mut self, name: Oid, error: RequestError) {
        self.gaps.push(Gap { name, error });
    }

    /// All values.
    #[must_use]
    pub fn values(&self) -> &BTreeMap<Oid, Value> {
        &self.values
    }

    /// What was asked for in vain.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The value of an instance.
    #[must_use]
    pub fn get(&self, name: &Oid) -> Option<&Value> {
        self.values.get(name)
    }

    /// The text of an instance; `None` when it is missing, of another type or empty.
    #[must_use]
    pub fn text(&self, name: &Oid) -> Option<String> {
        not_empty(text::plain(self.get(name)?.as_bytes()?))
    }

    /// Values below `root`, each with its index: the arcs below `root`.
    pub fn below<'a>(&'a self, root: &Oid) -> impl Iterator<Item = (Vec<u32>, &'a Value)> + use<'a> {
        let root = root.clone();
        self.values
            .range(root.clone()..)
            .map_while(move |(name, value)| Some((name.strip_prefix(&root)?.collect(), value)))
    }

    /// The same without what lies below these columns.
    #[must_use]
    pub fn without(mut self, columns: &[Oid]) -> Self {
        let below = |name: &Oid| columns.iter().any(|column| name.starts_with(column));
        if !columns.is_empty() {
            self.values.retain(|name, _| !below(name));
            self.gaps.retain(|gap| !below(&gap.name));
        }
        self
    }

    /// Why a value that comes from one of these columns or instances is missing.
    #[must_use]
    pub fn why_missing(&self, names: &[Oid]) -> WithheldReason {
        let failed =
            |gap: &&Gap| names.iter().any(|name| name.starts_with(&gap.name) || gap.name.starts_with(name));
        match self.gaps.iter().find(failed).map(|gap| &gap.error) {
            None => WithheldReason::NotSupported,
            Some(RequestError::Timeout { .. } | RequestError::Unreachable | RequestError::Cancelled) => {
                WithheldReason::NotAnswered
            }
            Some(_) => WithheldReason::Error,
        }
    }

    /// How the reading went as a whole.
    #[must_use]
    pub fn outcome(&self) -> RetrievalOutcome {
        match self.gaps.first().map(|gap| &gap.error) {
            None if self.values.is_empty() => RetrievalOutcome::NoAnswer,
            None => RetrievalOutcome::Ok,
            Some(_) if !self.values.is_empty() => RetrievalOutcome::Partial,
            Some(
                RequestError::Timeout { garbage: None, .. }
                | RequestError::Unreachable
                | RequestError::Cancelled,
            ) => RetrievalOutcome::NoAnswer,
            Some(error) if is_refusal(error) => RetrievalOutcome::AuthenticationFailed,
            Some(_) => RetrievalOutcome::ProtocolError,
        }
    }

    /// The rows of a table that is indexed by hrDeviceIndex first, or of any table with `device` `None`.
    pub(crate) fn rows<'a>(&'a self, table: &Table, device: Option<u32>) -> Vec<Row<'a>> {
        let mut rows: Vec<Row<'a>> = Vec::new();
        for column in table.columns {
            let Ok(root) = table.entry.child(*column) else { continue };
            let root = match device {
                Some(device) => root.child(device),
                None => Ok(root),
            };
            let Ok(root) = root else { continue };
            // Both are in the order of their index, so the next cell is nearly always one of the next row.
            let mut at = 0;
            for (name, value) in self.values.range(root.clone()..) {
                let Some(index) = name.strip_prefix(&root) else { break };
                while rows.get(at).is_some_and(|row| row.index.iter().copied().lt(index.clone())) {
                    at += 1;
                }
                if rows.get(at).is_none_or(|row| !row.index.iter().copied().eq(index.clone())) {
                    rows.insert(
                        at,
                        Row { index: index.collect(), cells: Vec::with_capacity(table.columns.len()) },
                    );
                }
                rows[at].cells.push((*column, value));
            }
        }
        rows
    }
}

/// Whether the agent refuses the credentials.
pub(crate) fn is_refusal(error: &RequestError) -> bool {
    matches!(
        error,
        RequestError::AuthenticationFailed
            | RequestError::UnknownUser
            | RequestError::UnsupportedSecurityLevel
            | RequestError::DecryptionFailed
            | RequestError::NotInTimeWindow
            | RequestError::UnknownContext
            | RequestError::SilentAfterDiscovery { .. }
    )
}

impl From<BTreeMap<Oid, Value>> for ObjectStore {
    fn from(values: BTreeMap<Oid, Value>) -> Self {
        Self { values, gaps: Vec::new() }
    }
}

impl Extend<VarBind> for ObjectStore {
    fn extend<T: IntoIterator<Item = VarBind>>(&mut self, varbinds: T) {
        varbinds.into_iter().for_each(|varbind| self.insert(varbind));
    }
}

/// Columns of a table that a plan reads.
#[derive(Debug)]
pub(crate) struct Table {
    /// The table's entry, such as prtInputEntry.
    pub(crate) entry: Oid,
    /// Numbers of the columns below it.
    pub(crate) columns: &'static [u32],
}

impl Table {
    /// The columns as names to walk.
    pub(crate) fn roots(&self) -> impl Iterator<Item = Oid> {
        self.columns.iter().filter_map(|column| self.entry.child(*column).ok())
    }

    /// The name of one column.
    pub(crate) fn column(&self, column: u32) -> Oid {
        self.entry.child(column).unwrap_or_default()
    }
}

/// One row of a table.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    /// The arcs below the column, or below hrDeviceIndex where that comes first.
    pub(crate) index: Vec<u32>,
    /// Numbers of columns, and what stands in them. There are few.
    cells: Vec<(u32, &'a Value)>,
}

impl Row<'_> {
    pub(crate) fn cell(&self, column: u32) -> Option<&Value> {
        self.cells.iter().find(|(number, _)| *number == column).map(|(_, value)| *value)
    }

    /// A number in a column of syntax INTEGER.
    pub(crate) fn number(&self, column: u32) -> Option<i64> {
        integer(self.cell(column)?)
    }

    pub(crate) fn counter(&self, column: u32) -> Option<u64> {
        self.cell(column)?.as_u64()
    }

    /// `None` when it is missing, no text, or empty.
    pub(crate) fn text(&self, column: u32, charset: Charset) -> Option<String> {
        not_empty(text::decode(self.cell(column)?.as_bytes()?, charset))
    }

    pub(crate) fn octets(&self, column: u32) -> Option<&[u8]> {
        self.cell(column)?.as_bytes()
    }

    pub(crate) fn oid(&self, column: u32) -> Option<&Oid> {
        self.cell(column)?.as_oid()
    }

    pub(crate) fn ipv4(&self, column: u32) -> Option<Ipv4Addr> {
        Some(<[u8; 4]>::try_from(self.octets(column)?).ok()?.into())
    }

    /// The index with dots between the arcs.
    pub(crate) fn dotted(&self) -> String {
        dotted(&self.index)
    }

    /// The last arc of the index, which in most tables numbers the row.
    pub(crate) fn last(&self) -> u32 {
        self.index.last().copied().unwrap_or(0)
    }
}

/// The number in an object of syntax INTEGER, however the device has encoded it: some write -3 as an unsigned
/// 4294967293, which no INTEGER of 32 bits can be, and some write digits into a string.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Counter32(bits) | Value::Gauge32(bits) => Some(i64::from(bits.cast_signed())),
        Value::OctetString(octets) => {
            let digits = core::str::from_utf8(octets).ok()?.trim_matches(['\0', ' ']);
            // No sign but a minus, and nothing that a 32-bit INTEGER cannot hold.
            digits.parse::<i32>().ok().filter(|_| !digits.starts_with('+')).map(i64::from)
        }
        other => other.as_i64(),
    }
}

pub(crate) fn dotted(arcs: &[u32]) -> String {
    arcs.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

pub(crate) fn not_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_snmp::oid;

    fn store(pairs: &[(Oid, Value)]) -> ObjectStore {
        ObjectStore::from(pairs.iter().cloned().collect::<BTreeMap<_, _>>())
    }

    #[test]
    fn an_integer_is_read_however_it_is_encoded_and_nothing_else_is() {
        assert_eq!(integer(&Value::Gauge32(4_294_967_293)), Some(-3));
        assert_eq!(integer(&Value::Counter32(7200)), Some(7200));
        assert_eq!(integer(&Value::from("-2")), Some(-2));
        assert_eq!(integer(&Value::from("100\0")), Some(100));
        assert_eq!(integer(&Value::TimeTicks(u32::MAX)), Some(4_294_967_295));
        for no_number in ["", " ", "+5", "5 %", "0x10", "99999999999", "full"] {
            assert_eq!(integer(&Value::from(no_number)), None, "{no_number}");
        }
    }

    #[test]
    fn rows_join_the_columns_of_one_device_whatever_is_missing() {
        let table = Table { entry: oid!("1.3.6.1.2.1.43.8.2.1"), columns: &[9, 13] };
        let store = store(&[
            (oid!("1.3.6.1.2.1.43.8.2.1.9.1.2"), Value::Integer(250)),
            (oid!("1.3.6.1.2.1.43.8.2.1.9.1.10"), Value::Integer(500)),
            (oid!("1.3.6.1.2.1.43.8.2.1.9.2.1"), Value::Integer(999)),
            (oid!("1.3.6.1.2.1.43.8.2.1.13.1.2"), Value::from("Tray 1\0")),
        ]);
        let rows = store.rows(&table, Some(1));
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].dotted(), rows[0].number(9)), ("2".into(), Some(250)));
        assert_eq!(rows[0].text(13, Charset::Unknown).as_deref(), Some("Tray 1"));
        assert_eq!((rows[1].last(), rows[1].number(9), rows[1].cell(13)), (10, Some(500), None));
    }

    #[test]
    fn what_failed_and_what_is_not_there_differ() {
        let column = oid!("1.3.6.1.2.1.43.11.1.1.9");
        let mut store = store(&[(oid!("1.3.6.1.2.1.1.5.0"), Value::from("x"))]);
        assert_eq!(store.why_missing(std::slice::from_ref(&column)), WithheldReason::NotSupported);
        assert_eq!(store.outcome(), RetrievalOutcome::Ok);
        store.note_gap(column.clone(), RequestError::Timeout { attempts: 4, garbage: None });
        assert_eq!(store.why_missing(&[column.child(1).unwrap()]), WithheldReason::NotAnswered);
        assert_eq!(store.why_missing(&[oid!("1.3.6.1.2.1.43.11.1.1.8")]), WithheldReason::NotSupported);
        assert_eq!(store.outcome(), RetrievalOutcome::Partial);
    }

    #[test]
    fn the_outcome_of_an_empty_reading_says_why() {
        let mut silent = ObjectStore::new();
        silent.note_gap(oid!("1.3"), RequestError::Unreachable);
        assert_eq!(silent.outcome(), RetrievalOutcome::NoAnswer);
        let mut refused = ObjectStore::new();
        refused.note_gap(oid!("1.3"), RequestError::UnknownUser);
        assert_eq!(refused.outcome(), RetrievalOutcome::AuthenticationFailed);
    }
}
