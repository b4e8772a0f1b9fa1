//! CUPS's scheduler on folders and a socket of its own, with one queue called `lp`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Tool;

/// Where Debian has the helpers of CUPS.
const HELPERS: &str = "/usr/lib/cups";

/// What the queue prints by.
#[derive(Clone, Copy, Debug)]
pub enum Backend<'a> {
    /// A script of the test's own, under this name.
    Script(&'a str, &'a str),
    /// One of CUPS's own.
    Own(&'a str),
}

/// A running cupsd, which is killed on drop.
#[derive(Debug)]
pub struct Cups {
    folder: tempfile::TempDir,
    daemon: Child,
}

impl Cups {
    /// Whether cupsd has its helpers where this module looks for them; says so when not.
    #[must_use]
    pub fn is_usable() -> bool {
        let usable = Path::new(HELPERS).join("daemon").exists();
        if !usable {
            crate::leave_out("this cupsd keeps its helpers elsewhere");
        }
        usable
    }

    /// Starts it with a queue `lp` that leads to this device.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(device: &str, backend: Backend<'_>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let root = folder.path();
        let write = |path: PathBuf, text: &str| fs::write(path, text).expect("the folder is ours");
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the folder is ours");
        };
        for part in
            ["run", "spool/tmp", "log", "etc/ppd", "cache", "bin/backend", "bin/filter", "bin/notifier"]
        {
            fs::create_dir_all(root.join(part)).expect("the folder is ours");
        }
        mode(root, 0o755);
        // Its helper that starts backends.
        symlink(Path::new(HELPERS).join("daemon"), root.join("bin/daemon")).expect("the folder is ours");
        match backend {
            Backend::Script(name, text) => {
                let path = root.join("bin/backend").join(name);
                write(path.clone(), text);
                mode(&path, 0o700);
            }
            Backend::Own(name) => {
                let own = Path::new(HELPERS).join("backend").join(name);
                symlink(own, root.join("bin/backend").join(name)).expect("the folder is ours");
            }
        }
        let here = root.display().to_string();
        let printers = PRINTERS.replace("DEVICE", device);
        for (name, text) in [("cupsd.conf", CUPSD), ("cups-files.conf", FILES), ("printers.conf", &printers)]
        {
            write(root.join("etc").join(name), &text.replace("HERE", &here));
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
            .expect("cupsd can be started");
        Self { folder, daemon }
    }

    /// Where its clients connect: the value of `CUPS_SERVER`.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("run/cups.sock")
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Cups {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

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
DeviceURI DEVICE
State Idle
Accepting Yes
Shared Yes
</Printer>
";
