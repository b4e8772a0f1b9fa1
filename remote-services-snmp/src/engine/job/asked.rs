//! The variable bindings of a request, written from what the job holds.

use core::ops::Deref;

use super::{Job, Step};
use crate::ber::{Buffer, Tag, Writer};
use crate::oid;
use crate::pdu::{VarBind, VarBindList, VarBindRef};
use crate::smi::{Oid, ValueRef};

/// What a message asks for.
pub(crate) enum Asked<'a> {
    /// No names: the messages of a discovery.
    Nothing,
    /// One object that every agent has: the trial of credentials.
    SysUpTime,
    /// A step of this job.
    Step(&'a Job, Step),
}

impl VarBindList for Asked<'_> {
    fn encode<B: Buffer>(&self, writer: &mut Writer<B>) {
        let end = writer.mark();
        match self {
            Self::Nothing => {}
            Self::SysUpTime => write_names(writer, core::iter::once(&SYS_UP_TIME)),
            Self::Step(job, step) => match job {
                Job::List(list) => write_names(writer, list.names(step.names)),
                Job::Walk(walk) => write_names(writer, walk.names(step.names)),
                Job::Bulk(bulk) => write_names(writer, bulk.names().iter().rev()),
                Job::Set(set) => write_values(writer, set.varbinds()),
                Job::Inform(inform) => write_values(writer, inform.varbinds()),
            },
        }
        writer.wrap(Tag::SEQUENCE, end);
    }
}

fn write_values<B: Buffer>(writer: &mut Writer<B>, varbinds: &[VarBind]) {
    for varbind in varbinds.iter().rev() {
        varbind.as_ref().encode(writer);
    }
}

/// Names to be read, the last one first.
fn write_names<B: Buffer>(writer: &mut Writer<B>, names: impl Iterator<Item: Deref<Target = Oid>>) {
    for name in names {
        VarBindRef { name: name.as_ref(), value: ValueRef::Null }.encode(writer);
    }
}

const SYS_UP_TIME: Oid = oid!("1.3.6.1.2.1.1.3.0");
