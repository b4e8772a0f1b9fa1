//! What a manager may believe of what it is told: here and where answers are made of arbitrary octets (`fuzz/targets`).
use remote_services_snmp::engine::Operation;
use remote_services_snmp::{Value, VarBind};

/// What must hold of an answer whatever the agent says.
pub(crate) fn is_what_was_asked_for(operation: &Operation, answer: &[VarBind]) {
    let increasing = |list: &[VarBind]| list.windows(2).all(|pair| pair[0].name < pair[1].name);
    let a_value =
        |it: &VarBind| !matches!(it.value, Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView);
    match operation {
        Operation::Get(names) => {
            assert!(answer.iter().map(|it| &it.name).eq(names), "{answer:?}");
        }
        Operation::GetNext(names) => {
            assert_eq!(answer.len(), names.len());
            for (it, asked) in answer.iter().zip(names) {
                assert!(it.name > *asked || it.value == Value::EndOfMibView, "{it:?} after {asked}");
            }
        }
        Operation::Walk(root) | Operation::BulkWalk { root, .. } => {
            assert!(increasing(answer), "{answer:?}");
            assert!(answer.iter().all(|it| it.name.starts_with(root) && a_value(it)), "{answer:?}");
        }
        Operation::Table(columns) => {
            let column = |it: &VarBind| columns.iter().position(|column| it.name.starts_with(column));
            assert!(increasing(answer), "{answer:?}");
            assert!(answer.iter().all(|it| column(it).is_some() && a_value(it)), "{answer:?}");
        }
        Operation::Set(asked) => assert_eq!(answer.len(), asked.len()),
        _ => {}
    }
}
