//! Archives that others collected to try readers with: each is refused for a reason of its own.
#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::fs;

use remote_services_interop::shared;
use remote_services_payload::archive::{Archive, ArchiveLimits};

/// File below `data/zip`, and what is wrong with it.
const EXPECTED: &[(&str, &str)] = &[
    ("rc-zip/testdata/archive-oob.zip", "Directory"),
    ("rc-zip/testdata/cp-437.zip", "Name"),
    ("rc-zip/testdata/crc32-not-streamed.zip", "ExtraField"),
    ("rc-zip/testdata/dd.zip", "DataDescriptor"),
    ("rc-zip/testdata/found-me-bzip2.zip", "Method"),
    ("rc-zip/testdata/found-me-deflate64.zip", "Method"),
    ("rc-zip/testdata/found-me-lzma.zip", "Method"),
    ("rc-zip/testdata/found-me-zstd.zip", "Method"),
    ("rc-zip/testdata/found-me.txt", "NoEndRecord"),
    ("rc-zip/testdata/go-no-datadesc-sig.zip", "DataDescriptor"),
    ("rc-zip/testdata/go-with-datadesc-sig.zip", "DataDescriptor"),
    ("rc-zip/testdata/gophercolor16x16.png", "NoEndRecord"),
    ("rc-zip/testdata/info-zip-unix-extra.zip", "Name"),
    ("rc-zip/testdata/meta.zip", "Name"),
    ("rc-zip/testdata/readme.notzip", "NoEndRecord"),
    ("rc-zip/testdata/readme.trailingzip", "NoEndRecord"),
    ("rc-zip/testdata/readme.zip", "NoEndRecord"),
    ("rc-zip/testdata/shift-jis.zip", "Name"),
    ("rc-zip/testdata/symlink.zip", "ExtraField"),
    ("rc-zip/testdata/test-trailing-junk.zip", "NoEndRecord"),
    ("rc-zip/testdata/test.zip", "NoEndRecord"),
    ("rc-zip/testdata/time-22738.zip", "DataDescriptor"),
    ("rc-zip/testdata/time-7zip.zip", "ExtraField"),
    ("rc-zip/testdata/time-go.zip", "DataDescriptor"),
    ("rc-zip/testdata/time-infozip.zip", "ExtraField"),
    ("rc-zip/testdata/time-osx.zip", "ExtraField"),
    ("rc-zip/testdata/time-win7.zip", "ManifestNotFirst"),
    ("rc-zip/testdata/time-winrar.zip", "ExtraField"),
    ("rc-zip/testdata/time-winzip.zip", "ExtraField"),
    ("rc-zip/testdata/unix.zip", "ExtraField"),
    ("rc-zip/testdata/utf8-7zip.zip", "Name"),
    ("rc-zip/testdata/utf8-infozip.zip", "Name"),
    ("rc-zip/testdata/utf8-osx.zip", "Name"),
    ("rc-zip/testdata/utf8-winrar.zip", "Name"),
    ("rc-zip/testdata/utf8-winzip.zip", "Name"),
    ("rc-zip/testdata/wine-zeroed.zip.bz2", "NoEndRecord"),
    ("rc-zip/testdata/winxp.zip", "Name"),
    ("rc-zip/testdata/zip64-2.zip", "Zip64"),
    ("rc-zip/testdata/zip64.zip", "Zip64"),
    ("rc-zip/testdata/zipslip.zip", "ExtraField"),
    ("zip2/tests/data/LICENSE.deflate64.zip.txt", "NoEndRecord"),
    ("zip2/tests/data/LICENSE.lin-ub_iwd-v11.zip.txt", "NoEndRecord"),
    ("zip2/tests/data/README.md", "NoEndRecord"),
    ("zip2/tests/data/aes_archive.zip", "Encrypted"),
    ("zip2/tests/data/chinese.zip", "Name"),
    ("zip2/tests/data/comment_garbage.zip", "NoEndRecord"),
    ("zip2/tests/data/data_descriptor.zip", "DataDescriptor"),
    ("zip2/tests/data/deflate64_issue_25.zip", "NoEndRecord"),
    ("zip2/tests/data/extended_timestamp.zip", "ExtraField"),
    ("zip2/tests/data/extended_timestamp_bad.zip", "ExtraField"),
    ("zip2/tests/data/files_and_dirs.zip", "ExtraField"),
    ("zip2/tests/data/ignore_encryption_flag.zip", "Encrypted"),
    ("zip2/tests/data/invalid_cde_number_of_files_allocation_greater_offset.zip", "Disks"),
    ("zip2/tests/data/invalid_cde_number_of_files_allocation_smaller_offset.zip", "Directory"),
    ("zip2/tests/data/invalid_offset.zip", "Directory"),
    ("zip2/tests/data/invalid_offset2.zip", "NoEndRecord"),
    ("zip2/tests/data/legacy/implode.zip", "Method"),
    ("zip2/tests/data/legacy/implode_hamlet_2048.out", "NoEndRecord"),
    ("zip2/tests/data/legacy/implode_hamlet_256.bin", "NoEndRecord"),
    ("zip2/tests/data/legacy/implode_hamlet_256.out", "NoEndRecord"),
    ("zip2/tests/data/legacy/reduce.zip", "Method"),
    ("zip2/tests/data/legacy/reduce_hamlet_2048.bin", "NoEndRecord"),
    ("zip2/tests/data/legacy/reduce_zero_reduced.bin", "NoEndRecord"),
    ("zip2/tests/data/legacy/shrink.zip", "Method"),
    ("zip2/tests/data/linux-7z.zip", "Name"),
    ("zip2/tests/data/mimetype.zip", "ManifestNotFirst"),
    ("zip2/tests/data/misaligned_comment.zip", "NoEndRecord"),
    ("zip2/tests/data/non_utf8.zip", "Name"),
    ("zip2/tests/data/ntfs.zip", "ExtraField"),
    ("zip2/tests/data/ppmd.zip", "Method"),
    ("zip2/tests/data/raw_deflate64_index_out_of_bounds.zip", "Name"),
    ("zip2/tests/data/symlink.zip", "ExtraField"),
    ("zip2/tests/data/windows-7zip.zip", "Name"),
    ("zip2/tests/data/xz.zip", "Method"),
    ("zip2/tests/data/zip64_demo.zip", "Zip64"),
    ("zip2/tests/data/zip64_magic_in_filename_1.zip", "Name"),
    ("zip2/tests/data/zip64_magic_in_filename_2.zip", "Name"),
    ("zip2/tests/data/zip64_magic_in_filename_3.zip", "Name"),
    ("zip2/tests/data/zip64_magic_in_filename_4.zip", "Name"),
    ("zip2/tests/data/zip64_magic_in_filename_5.zip", "Name"),
];

#[test]
fn every_foreign_archive_is_refused_for_its_own_reason() {
    let Some(folder) = shared("data/zip") else { return };
    let mut files = Vec::new();
    for part in ["rc-zip/testdata", "zip2/tests/data", "zip2/tests/data/legacy"] {
        for entry in fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.push(format!("{part}/{}", path.file_name().unwrap().to_str().unwrap()));
            }
        }
    }
    files.sort();
    let found: Vec<(String, String)> = files
        .into_iter()
        .map(|file| {
            let octets = fs::read(folder.join(&file)).unwrap();
            let error = Archive::open(&octets, &ArchiveLimits::default()).map(|_| ()).unwrap_err();
            let kind = format!("{:?}", error.kind);
            (file, kind.split([' ', '(', '{']).next().unwrap().to_owned())
        })
        .collect();
    let expected: Vec<(String, String)> =
        EXPECTED.iter().map(|(file, kind)| ((*file).to_owned(), (*kind).to_owned())).collect();
    assert_eq!(found, expected);
}
