//! A store of values that answers like a device: for tests, demonstrations and reading recordings the long way.

use remote_services_snmp::engine::{Operation, RequestError};
use remote_services_snmp::pdu::ErrorStatus;
use remote_services_snmp::{Oid, Value, VarBind};
use std::collections::BTreeMap;
use std::ops::Bound;

/// What a manager would hand back for `operation` if a device had just these values.
///
/// # Errors
/// [`RequestError::ErrorStatus`] with notWritable for a SET: recordings do not change.
pub fn answer(values: &BTreeMap<Oid, Value>, operation: &Operation) -> Result<Vec<VarBind>, RequestError> {
    Ok(match operation {
        Operation::Get(names) => names
            .iter()
            .map(|name| {
                let value = values.get(name).cloned().unwrap_or(Value::NoSuchInstance);
                VarBind::new(name.clone(), value)
            })
            .collect(),
        Operation::GetNext(names) => names.iter().map(|name| next(values, name)).collect(),
        Operation::GetBulk { non_repeaters, max_repetitions, names } => {
            let (once, repeated) = names.split_at(usize::from(*non_repeaters).min(names.len()));
            let mut answer: Vec<VarBind> = once.iter().map(|name| next(values, name)).collect();
            let mut row = repeated.to_vec();
            for _ in 0..*max_repetitions {
                let bindings: Vec<VarBind> = row.iter().map(|name| next(values, name)).collect();
                row = bindings.iter().map(|binding| binding.name.clone()).collect();
                answer.extend(bindings);
            }
            answer
        }
        Operation::Walk(root) => below(values, root).collect(),
        Operation::Table(roots) => roots.iter().flat_map(|root| below(values, root)).collect(),
        // SET, and what a later manager may add.
        _ => {
            return Err(RequestError::ErrorStatus { status: ErrorStatus::NotWritable, index: 1, name: None });
        }
    })
}

fn next(values: &BTreeMap<Oid, Value>, name: &Oid) -> VarBind {
    match values.range((Bound::Excluded(name), Bound::Unbounded)).next() {
        Some((name, value)) => VarBind::new(name.clone(), value.clone()),
        None => VarBind::new(name.clone(), Value::EndOfMibView),
    }
}

fn below<'a>(values: &'a BTreeMap<Oid, Value>, root: &'a Oid) -> impl Iterator<Item = VarBind> + 'a {
    values
        .range((Bound::Excluded(root), Bound::Unbounded))
        .take_while(move |(name, _)| name.starts_with(root))
        .map(|(name, value)| VarBind::new(name.clone(), value.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_snmp::oid;

    fn values() -> BTreeMap<Oid, Value> {
        BTreeMap::from([
            (oid!("1.3.6.1.1"), Value::Integer(1)),
            (oid!("1.3.6.1.2.1"), Value::Integer(2)),
            (oid!("1.3.6.1.2.2"), Value::Integer(3)),
            (oid!("1.3.6.1.3"), Value::Integer(4)),
        ])
    }

    fn numbers(operation: &Operation) -> Vec<Option<i64>> {
        answer(&values(), operation).unwrap().iter().map(|binding| binding.value.as_i64()).collect()
    }

    #[test]
    fn get_and_get_next_answer_name_by_name() {
        assert_eq!(numbers(&Operation::Get(vec![oid!("1.3.6.1.1"), oid!("1.3.6.1.2")])), [Some(1), None]);
        assert_eq!(numbers(&Operation::GetNext(vec![oid!("1.3.6.1.1"), oid!("1.3.6.1.3")])), [Some(2), None]);
    }

    #[test]
    fn bulk_walk_and_table_follow_the_order_of_names() {
        let bulk = Operation::GetBulk {
            non_repeaters: 1,
            max_repetitions: 2,
            names: vec![oid!("1.3"), oid!("1.3.6.1.2")],
        };
        assert_eq!(numbers(&bulk), [Some(1), Some(2), Some(3)]);
        assert_eq!(numbers(&Operation::Walk(oid!("1.3.6.1.2"))), [Some(2), Some(3)]);
        assert_eq!(
            numbers(&Operation::Table(vec![oid!("1.3.6.1.2"), oid!("1.3.6.1")])),
            [Some(2), Some(3), Some(1), Some(2), Some(3), Some(4)]
        );
    }

    #[test]
    fn a_recording_cannot_be_written() {
        let set = Operation::Set(vec![VarBind::new(oid!("1.3.6.1.1"), Value::Integer(9))]);
        assert!(matches!(
            answer(&values(), &set),
            Err(RequestError::ErrorStatus { status: ErrorStatus::NotWritable, .. })
        ));
    }
}
