//! A real cupsd writes a page log, and the agent makes accounting records of it.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use remote_services_agent::produce::page_log;
use remote_services_core::job::{AccountingSource, Job};
use remote_services_interop::process::PATIENCE;
use remote_services_interop::{Tool, require};

/// A cupsd of our own on a socket of its own, with one queue whose backend counts two pages.
struct Cups {
    folder: tempfile::TempDir,
    daemon: Child,
}

impl Cups {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for part in
            ["run", "spool/tmp", "log", "etc/ppd", "cache", "bin/backend", "bin/filter", "bin/notifier"]
        {
            fs::create_dir_all(root.join(part)).unwrap();
        }
        fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
        // Its helper that starts backends.
        std::os::unix::fs::symlink("/usr/lib/cups/daemon", root.join("bin/daemon")).unwrap();
        let backend = root.join("bin/backend/testbe");
        fs::write(&backend, BACKEND).unwrap();
        fs::set_permissions(&backend, fs::Permissions::from_mode(0o700)).unwrap();
        let here = root.display().to_string();
        for (name, text) in [("cupsd.conf", CUPSD), ("cups-files.conf", FILES), ("printers.conf", PRINTERS)] {
            fs::write(root.join("etc").join(name), text.replace("HERE", &here)).unwrap();
        }
        let daemon = Command::new(Tool::Cupsd.path())
            .arg("-f")
            .arg("-c")
            .arg(root.join("etc/cupsd.conf"))
            .arg("-s")
            .arg(root.join("etc/cups-files.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { folder, daemon }
    }

    /// Prints until the daemon takes it.
    fn print(&self, title: &str, options: &[&str]) {
        let file = self.folder.path().join("a file.txt");
        fs::write(&file, "hello").unwrap();
        let until = Instant::now() + PATIENCE;
        loop {
            let mut lp = Command::new(Tool::Lp.path());
            lp.env("CUPS_SERVER", self.folder.path().join("run/cups.sock")).args(["-d", "lp", "-o", "raw"]);
            let out = lp.args(options).args(["-t", title]).arg(&file).output().unwrap();
            if out.status.success() {
                return;
            }
            assert!(Instant::now() < until, "{}", String::from_utf8_lossy(&out.stderr));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn page_log(&self) -> std::path::PathBuf {
        self.folder.path().join("log/page_log")
    }
}

impl Drop for Cups {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// The records of a log, when there are so many.
fn records(log: &Path, count: usize) -> Vec<Job> {
    let until = Instant::now() + PATIENCE;
    loop {
        let jobs = page_log::read(log).unwrap_or_default();
        if jobs.len() >= count {
            return jobs;
        }
        assert!(Instant::now() < until, "{} of {count} jobs in {}", jobs.len(), log.display());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn jobs_that_a_real_cups_has_printed_are_accounting_records() {
    if !require(&[Tool::Cupsd, Tool::Lp]) {
        return;
    }
    if !Path::new("/usr/lib/cups/daemon").exists() {
        println!("left out: this cupsd keeps its helpers elsewhere");
        return;
    }
    let cups = Cups::start();
    cups.print("Annual report 2024.pdf", &["-o", "sides=two-sided-long-edge"]);
    let first = records(&cups.page_log(), 1);
    cups.print("Letter", &["-o", "sides=one-sided", "-o", "job-billing=acme-123"]);
    let [report, letter] = &records(&cups.page_log(), 2)[..] else { panic!("two jobs") };
    assert_eq!(report, &first[0], "what was read before is the same record");
    assert_eq!(report.job_name.as_deref(), Some("Annual report 2024.pdf"));
    assert_eq!((report.duplex, letter.duplex), (Some(true), Some(false)));
    assert_eq!(report.result.as_ref().unwrap().impressions, Some(2));
    let charge = letter.accounting.as_ref().unwrap();
    assert_eq!(charge.charge_back_code.as_deref(), Some("acme-123"));
    assert_eq!(charge.source, Some(AccountingSource::PrintServer));
    assert_ne!(report.management.record_id, letter.management.record_id);
}

const BACKEND: &str = "#!/bin/sh
[ $# = 0 ] && exit 0
cat > /dev/null
echo 'PAGE: 1 1' >&2
echo 'PAGE: 2 1' >&2
exit 0
";

const CUPSD: &str = "Listen HERE/run/cups.sock
PageLogFormat %p %u %j %T %P %C %{job-billing} %{job-originating-host-name} %{job-name} %{media} %{sides}
DefaultAuthType None
WebInterface No
Browsing No
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  <Limit All>
    Order deny,allow
    Allow all
  </Limit>
</Policy>
";

const FILES: &str = "ServerRoot HERE/etc
ServerBin HERE/bin
RequestRoot HERE/spool
TempDir HERE/spool/tmp
CacheDir HERE/cache
StateDir HERE/run
AccessLog HERE/log/access_log
ErrorLog HERE/log/error_log
PageLog HERE/log/page_log
User lp
Group lp
SystemGroup root
Sandboxing relaxed
";

const PRINTERS: &str = "<Printer lp>
DeviceURI testbe:x
State Idle
Accepting Yes
Shared No
</Printer>
";
