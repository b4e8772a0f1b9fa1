//! Several handlers as one.
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

use super::*;

fn request(context_name: &[u8]) -> Request<'_> {
    let level = SecurityLevel::NoAuthNoPriv;
    Request { version: Version::V2c, level, principal: b"private", context_name, from: FROM }
}

fn of(text: &str, names: &[Oid]) -> Box<SortedTable> {
    let mut table = SortedTable::new();
    for name in names {
        table.insert_writable(name.clone(), Value::from(text));
    }
    Box::new(table)
}

fn walk(tree: &mut MibTree) -> Vec<VarBind> {
    let mut seen = Vec::new();
    let mut after = Oid::default();
    while let Some(varbind) = tree.get_next(&request(b""), &after).unwrap() {
        after = varbind.name.clone();
        seen.push(varbind);
    }
    seen
}

#[test]
fn the_longest_prefix_serves_a_name_and_a_walk_goes_through_all_in_order() {
    let [a, b, c, d] = [oid!("1.3.1.1.0"), oid!("1.3.1.2.0"), oid!("1.3.1.2.7"), oid!("1.3.1.3.0")];
    let stray = oid!("1.3.9.0");
    let mut tree = MibTree::new();
    let outer = [a.clone(), b.clone(), c.clone(), d.clone(), stray];
    assert!(tree.mount(oid!("1.3.1"), of("outer", &outer)).is_none());
    // An instance of its own, and a subtree in the middle of the outer one.
    assert!(tree.mount(oid!("1.3.0.0"), of("first", &[oid!("1.3.0.0")])).is_none());
    assert!(tree.mount(oid!("1.3.1.2"), of("inner", &[oid!("1.3.1.1.5"), c.clone(), d.clone()])).is_none());
    assert!(tree.mount_in(b"other", oid!("1.3"), of("other", &outer)).is_none());
    let expected = [
        VarBind::new(oid!("1.3.0.0"), Value::from("first")),
        VarBind::new(a, Value::from("outer")),
        VarBind::new(c, Value::from("inner")),
        VarBind::new(d, Value::from("outer")),
    ];
    assert_eq!(walk(&mut tree), expected);
    assert_eq!(tree.get(&request(b""), &b), Ok(Value::NoSuchInstance));
    assert_eq!(tree.get(&request(b"other"), &b), Ok(Value::from("other")));
    assert_eq!(tree.get(&request(b""), &oid!("1.3.9.0")), Ok(Value::NoSuchObject));
    assert!(tree.has_context(b"other") && !tree.has_context(b"none"));
    assert!(tree.unmount(b"", &oid!("1.3.1.2")).is_some());
    assert_eq!(walk(&mut tree).len(), 5);
}

/// Fails to commit, and counts what it was asked to do.
struct Fails(Arc<[AtomicU32; 3]>);

impl MibHandler for Fails {
    fn get(&mut self, _: &Request<'_>, _: &Oid) -> Result<Value, GenErr> {
        Ok(Value::Integer(1))
    }

    fn get_next(&mut self, _: &Request<'_>, _: &Oid) -> Result<Option<VarBind>, GenErr> {
        Ok(None)
    }

    fn test(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), SetFailure> {
        self.0[0].fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn commit(&mut self, _: &Request<'_>, varbinds: &[VarBind]) -> Result<(), usize> {
        self.0[1].fetch_add(1, Ordering::Relaxed);
        Err(varbinds.len() - 1)
    }

    fn undo(&mut self, _: &Request<'_>, _: &[VarBind]) -> Result<(), GenErr> {
        self.0[2].fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn rfc3416_4_2_5_a_set_over_several_handlers_is_all_or_nothing() {
    let counts = Arc::new([const { AtomicU32::new(0) }; 3]);
    let [good, bad] = [oid!("1.3.1.1.0"), oid!("1.3.2.1.0")];
    let mut tree = MibTree::new();
    tree.mount(oid!("1.3.1"), of("old", core::slice::from_ref(&good)));
    tree.mount(oid!("1.3.2"), Box::new(Fails(Arc::clone(&counts))));
    let text = |name: &Oid| VarBind::new(name.clone(), Value::from("new"));
    let list = [text(&bad), text(&good), text(&bad)];
    assert_eq!(tree.test(&request(b""), &list), Ok(()));
    assert_eq!(tree.commit(&request(b""), &list), Err(2));
    assert_eq!(tree.undo(&request(b""), &list), Ok(()));
    let list = [text(&good), text(&bad)];
    assert_eq!(tree.commit(&request(b""), &list), Err(1));
    assert_eq!(tree.get(&request(b""), &good), Ok(Value::from("new")));
    assert_eq!(tree.undo(&request(b""), &list), Ok(()));
    assert_eq!(tree.get(&request(b""), &good), Ok(Value::from("old")));
    assert_eq!(counts.each_ref().map(|count| count.load(Ordering::Relaxed)), [1, 2, 2]);

    let nowhere = [text(&good), text(&oid!("1.3.3.0"))];
    let failure = SetFailure { status: ErrorStatus::NotWritable, index: 1 };
    assert_eq!(tree.test(&request(b""), &nowhere), Err(failure));
    let wrong = [text(&bad), text(&good), VarBind::new(good.clone(), Value::Null)];
    let failure = SetFailure { status: ErrorStatus::WrongType, index: 2 };
    assert_eq!(tree.test(&request(b""), &wrong), Err(failure));
}
