//! A sealed payload of 5 KB kept in the spool, beside the calls that make any file durable.
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to measure")]

#[path = "../../remote-services-transport/tests/support/sealed.rs"]
mod sealed;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use remote_services_transport::spool::{Class, SealedPayload, Spool, SpoolLimits};
use sealed::sealed;
use uuid::Uuid;

/// What one printer's report takes when it is sealed.
const LENGTH: usize = 5_000;

fn durable(folder: &Path, name: &str, payload: &[u8]) {
    let temporary = folder.join("new");
    let mut file = File::create(&temporary).unwrap();
    file.write_all(payload).unwrap();
    file.sync_all().unwrap();
    fs::rename(&temporary, folder.join(name)).unwrap();
    File::open(folder).unwrap().sync_all().unwrap();
}

fn spool(criterion: &mut Criterion) {
    let payload = sealed(&[0x5A; LENGTH]);
    let place = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("spool/a payload of 5 KB kept durably");
    group.sample_size(30);
    let mut number = 0_u128;
    // A new spool for every few payloads, so that its limits are never met.
    group.bench_function("ours, append", |bencher| {
        bencher.iter_batched_ref(
            || {
                number += 1;
                let folder = place.path().join(number.to_string());
                (number, Spool::open(&folder, SpoolLimits::default()).unwrap().0)
            },
            |(name, spool)| {
                let sealed = SealedPayload::new(&payload).unwrap();
                spool.append(Class::Report, Uuid::from_u128(*name), sealed).unwrap();
            },
            BatchSize::PerIteration,
        );
    });
    let bare = place.path().join("bare");
    fs::create_dir(&bare).unwrap();
    group.bench_function("limit, write, fsync, rename, fsync of the folder", |bencher| {
        bencher.iter_batched(
            || {
                number += 1;
                number.to_string()
            },
            |name| durable(&bare, &name, &payload),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, spool);
criterion_main!(benches);
